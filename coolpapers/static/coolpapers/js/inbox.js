// A category's day as an inbox: how much of it is read, what is new since the reader last looked, and the days between.
// The list of the day's papers is asked for, the same for everybody; what was looked at stays on this device.

import { memory } from './shelf.js';
import { tried } from './keep.js';
import { say } from './notice.js';
import { cards, keyOf } from './starring.js';
import { inView } from './view.js';

const SAID = {
  progress: '{read} of {total} read',
  unseen: '{count} not looked at yet',
  since: 'new since you last looked, on {day}',
  between: { one: '1 day between', other: '{count} days between' },
  all: 'Mark all as read',
  allDone: '{count} papers are marked as read.',
};
const LISTS = 50; // lists whose last look is remembered
const PAUSE = 200; // milliseconds between two looks while the page is scrolled
const line = document.querySelector('#inbox');
const { list, day } = line.dataset;
const name = `look:${list}`;
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, word) => values[word]);

function lastLook() {
  try {
    const look = JSON.parse(memory.choice(name));
    if (!/^\d{4}-\d{2}-\d{2}$/.test(look?.day) || !Array.isArray(look.seen)) return null;
    return { day: look.day, seen: look.seen.filter((key) => typeof key === 'string') };
  } catch {
    return null;
  }
}

const last = lastLook();
const before = new Set(last?.day === day ? last.seen : []); // what was on the screen on earlier visits of this day
const seen = new Set(before);
let keys = null;
let looking = 0;
let days = [];

/** Remember what was on the screen; an older day than the newest looked at is no news. */
function keep() {
  if (last && last.day > day) return;
  const others = memory.names('choice:look:');
  if (others.length >= LISTS && !memory.choice(name)) memory.choose(`look:${others[0]}`, null);
  tried(() => memory.choose(name, JSON.stringify({ day, seen: [...seen] })));
}

function look() {
  looking = 0;
  for (const card of inView()) seen.add(keyOf(card));
}

const lookSoon = () => { looking ||= setTimeout(look, PAUSE); };

function follow(all) {
  for (const card of all) card.classList.toggle('fresh', last !== null && last.day <= day && !before.has(keyOf(card)));
  lookSoon();
}

const isRead = (key) => Boolean(memory.markOf(key)?.flags);

function show() {
  if (!keys) return;
  const read = keys.filter(isRead).length;
  const parts = [filled(SAID.progress, { read, total: keys.length })];
  const unseen = keys.filter((key) => !before.has(key)).length;
  if (last && last.day < day) parts.push(filled(SAID.since, { day: last.day }));
  else if (last && last.day === day && unseen) parts.push(filled(SAID.unseen, { count: unseen }));
  line.replaceChildren(parts.join(' · '));
  if (read < keys.length) line.append(' · ', button(keys.length - read));
  const between = days.filter(([one]) => last && one > last.day && one < day);
  if (between.length) line.append(' · ', daysBetween(between));
}

function button() {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = SAID.all;
  made.addEventListener('click', readAll);
  return made;
}

function daysBetween(between) {
  const [details, summary] = [document.createElement('details'), document.createElement('summary')];
  const said = between.length === 1 ? SAID.between.one : SAID.between.other;
  summary.textContent = filled(said, { count: between.length });
  details.append(summary);
  for (const [one, count] of between) {
    const link = document.createElement('a');
    link.href = `${location.pathname}?date=${encodeURIComponent(one)}`;
    link.textContent = `${one} (${count})`;
    details.append(link, ' ');
  }
  return details;
}

function readAll() {
  const left = keys.filter((key) => !isRead(key));
  const undone = left.map((key) => [key, memory.markOf(key)]);
  const now = Date.now();
  const marks = undone.map(([key, mark]) => ({ title: '', words: '', ...mark, key, flags: 'r', at: Math.max(now, (mark?.at ?? 0) + 1) }));
  if (!tried(() => memory.keep(marks))) return;
  say(filled(SAID.allDone, { count: left.length }), () => tried(() => memory.restore(undone)));
}

async function ask() {
  try {
    const answer = await fetch(`/arxiv/${list}/inbox?date=${day}`);
    if (answer.ok) ({ keys, days } = await answer.json());
  } catch {
    // without the net the line stays empty
  }
  show();
}

follow(cards());
document.addEventListener('cards:added', (event) => follow(event.detail));
memory.watch(show);
addEventListener('scroll', lookSoon, { passive: true });
addEventListener('pagehide', keep);
document.addEventListener('visibilitychange', () => { if (document.hidden) keep(); });
ask();
