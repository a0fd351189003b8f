// @ts-check
/** In a page: the texts and edges whose contrast is too low, and how many texts were looked at. What is hidden or disabled is not. */
export function lowContrasts() {
  const parse = (/** @type {string} */ color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (/** @type {number[]} */ rgb) =>
    rgb
      .slice(0, 3)
      .map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
      .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (/** @type {number[]} */ a, /** @type {number[]} */ b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  /** @returns {number[]} */
  const behind = (/** @type {Element | null} */ element) => {
    const color = parse(element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)');
    return element && color[3] === 0 ? behind(element.parentElement) : color;
  };
  /** @type {string[]} */
  const low = [];
  const check = (
    /** @type {Element} */ element,
    /** @type {string} */ color,
    /** @type {Element | null} */ ground,
    /** @type {number} */ least,
  ) => {
    let shown = parse(color);
    const back = behind(ground);
    const opacity = Number(getComputedStyle(element).opacity);
    shown = shown.slice(0, 3).map((one, i) => one * opacity + back[i] * (1 - opacity));
    const found = contrast(shown, back);
    if (found < least)
      low.push(
        `${element.tagName} ${element.id || element.className} ${element.textContent?.slice(0, 20)}: ${found.toFixed(2)}`,
      );
  };
  let texts = 0;
  for (const element of Array.from(document.querySelectorAll('body *:not(.hidden, .hidden *, noscript, option)'))) {
    if (element.matches(':disabled') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const own = Array.from(element.childNodes).some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
    );
    if (own && !element.closest('.xterm-helpers, .xterm-accessibility')) {
      texts++;
      check(element, element instanceof SVGElement ? style.fill : style.color, element, 4.5);
    }
    if (style.opacity !== '0' && element.matches('button, select, input, textarea, .file, .switch'))
      check(element, style.borderTopColor, element.parentElement, 3);
    if (element.matches('#timeline rect'))
      check(element, style.fill === 'none' ? style.stroke : style.fill, element, 3);
  }
  return { texts, low };
}
