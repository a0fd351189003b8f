// @ts-check
/**
 * xterm.js 6 writes its rules into <style> elements, which a policy without 'unsafe-inline' refuses. All of them are made while it opens; here they write into
 * constructed style sheets, which are script to the policy and not markup. (Its option `documentOverride` reaches only some of them.) What stays refused
 * is text in 24-bit colours: those are style attributes.
 *
 * @param {import('@xterm/xterm').Terminal} terminal
 * @param {HTMLElement} parent
 */
export function openWithoutInlineStyles(terminal, parent) {
  document.createElement = (/** @type {string} */ name) =>
    name === 'style' ? constructedStyle() : Document.prototype.createElement.call(document, name);
  try {
    terminal.open(parent);
  } finally {
    Reflect.deleteProperty(document, 'createElement');
  }
}

/** What xterm.js uses of a style element. @returns {any} */
function constructedStyle() {
  const element = Document.prototype.createElement.call(document, 'span'); // an empty <style> would be refused as well
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  return Object.defineProperties(element, {
    textContent: { set: (/** @type {string} */ rules) => sheet.replaceSync(rules) },
    remove: {
      value: () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
        Element.prototype.remove.call(element);
      },
    },
  });
}
