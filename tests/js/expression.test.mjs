import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { combined, kept } = await load('expression.js');

test('a category is added in its alphabetical place', () => {
  assert.equal(combined(['cs.CL'], [], 'cs.AI', '+'), '/arxiv/cs.AI+cs.CL');
  assert.equal(combined(['cs.CL', 'stat.ML'], ['cs.CY'], 'math.OC', '+'), '/arxiv/cs.CL+math.OC+stat.ML-cs.CY');
  assert.equal(combined(['hep-th'], [], 'cond-mat.str-el', '+'), '/arxiv/cond-mat.str-el+hep-th');
});

test('a category is taken away', () => {
  assert.equal(combined(['cs.CL'], [], 'cs.AI', '-'), '/arxiv/cs.CL-cs.AI');
  assert.equal(combined(['cs.AI', 'cs.CL'], [], 'cs.CL', '-'), '/arxiv/cs.AI-cs.CL');
  assert.equal(combined([], ['cs.LG'], 'cs.AI', '-'), '/arxiv/-cs.AI-cs.LG');
});

test('what was taken away can be added again, and the other way round', () => {
  assert.equal(combined(['cs.CL'], ['cs.AI'], 'cs.AI', '+'), '/arxiv/cs.AI+cs.CL');
});

test('what leads nowhere else is none', () => {
  assert.equal(combined(['cs.CL'], [], 'cs.CL', '+'), null);
  assert.equal(combined(['cs.CL'], [], 'cs.CL', '-'), null);
  assert.equal(combined(['cs.CL'], ['cs.AI'], 'cs.AI', '-'), null);
  assert.equal(combined([], ['cs.AI'], 'cs.CL', '+'), null);
});

test('the day, its kind and the order stay; the part of the list does not', () => {
  assert.equal(kept('?date=2026-04-28&kind=replace&show=75&skip=25&sort=a%2Cb'), '?date=2026-04-28&kind=replace&sort=a%2Cb');
  assert.equal(kept('?show=75'), '');
  assert.equal(kept(''), '');
});
