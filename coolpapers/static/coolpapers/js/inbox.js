// A category's day as an inbox: how much of it is read, what is new since the reader last looked, and the days between.
// The list of the day's papers is asked for, the same for everybody; what was looked at stays on this device.

import { memory } from './shelf.js';
import { tried } from './keep.js';
import { fill, gettext, ngettext, written } from './said.js';
import { say } from './notice.js';
import { cards, keyOf } from './starring.js';
import { inView } from './view.js';

const LISTS = 50; // lists whose last look is remembered
const PAUSE = 200; // milliseconds between two looks while the page is scrolled
const line = document.querySelector('#inbox');
line.tabIndex = -1;
const { list, day } = line.dataset;
const name = `look:${list}`;

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
  const parts = [fill(gettext('{read} of {total} read'), { read, total: keys.length })];
  const unseen = keys.filter((key) => !before.has(key)).length;
  if (last && last.day < day) parts.push(fill(gettext('new since you last looked, on {day}'), { day: last.day }));
  else if (last && last.day === day && unseen) parts.push(fill(gettext('{count} not looked at yet'), { count: unseen }));
  line.replaceChildren(parts.join(' · '));
  if (read < keys.length) line.append(' · ', button());
  const between = days.filter(([one]) => last && one > last.day && one < day);
  if (between.length) line.append(' · ', daysBetween(between));
}

function button() {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = gettext('Mark all as read');
  made.addEventListener('click', readAll);
  return made;
}

function daysBetween(between) {
  const [details, summary] = [document.createElement('details'), document.createElement('summary')];
  const count = between.length;
  summary.textContent = fill(ngettext('{count} day between', '{count} days between', count), { count });
  details.append(summary);
  for (const [one, papers] of between) {
    const link = document.createElement('a');
    link.href = `${location.pathname}?date=${encodeURIComponent(one)}`;
    link.textContent = `${one} (${written(papers)})`;
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
  line.focus(); // the button is gone
  const count = left.length;
  const told = ngettext('{count} paper is marked as read.', '{count} papers are marked as read.', count);
  say(fill(told, { count }), () => tried(() => memory.restore(undone)));
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
