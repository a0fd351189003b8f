// @ts-check
// The tabs, as the pattern of WAI-ARIA has them: arrow keys choose, Tab goes on into the page. The address says which one is open.

const tabs = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll('[role="tab"]')));
const [first] = tabs;
const skip = /** @type {HTMLAnchorElement} */ (document.querySelector('.skip'));

/** @param {HTMLElement} tab */
const panelOf = (tab) => /** @type {HTMLElement} */ (document.getElementById(tab.getAttribute('aria-controls') ?? ''));

/** @param {HTMLElement} chosen */
function open(chosen) {
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    panelOf(tab).hidden = tab !== chosen;
  }
  skip.href = `#${chosen.dataset.start}`;
}

/** @param {HTMLElement} chosen */
function choose(chosen) {
  open(chosen);
  chosen.focus();
  const place = chosen === first ? location.pathname : `#${panelOf(chosen).id}`;
  history.replaceState(null, '', place);
}

/** The tab that the address names, if it names one. */
function openByAddress() {
  const named = tabs.find((tab) => location.hash === `#${panelOf(tab).id}`);
  if (named) open(named);
}

for (const [at, tab] of tabs.entries()) {
  tab.addEventListener('click', () => choose(tab));
  tab.addEventListener('keydown', (event) => {
    const { length } = tabs;
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: at + length - 1, ArrowRight: at + 1, Home: 0, End: length - 1 };
    if (!(event.key in to)) return;
    event.preventDefault();
    choose(tabs[to[event.key] % length]);
  });
}
addEventListener('hashchange', openByAddress);
openByAddress();
