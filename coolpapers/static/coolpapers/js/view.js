// The papers in view, found when they are wanted: to watch all of 1,000 costs a part of every frame.

/** From the first paper of the view to the last one that begins less than `beyond` pixels below it, in order. */
export function inView(beyond = 0) {
  let card = null;
  for (let y = 60; !card && y < innerHeight; y += 60) {
    card = document.elementsFromPoint(innerWidth / 2, y).find((element) => element.matches('.paper')) ?? null;
  }
  const cards = [];
  for (; card; card = card.nextElementSibling) {
    if (!card.matches('.paper:not([data-out])')) continue;
    if (card.getBoundingClientRect().top > innerHeight + beyond) break;
    cards.push(card);
  }
  return cards;
}
