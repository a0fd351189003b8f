// @ts-check
// Before anything is painted: the colours that were chosen, or the system's.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const read = () => {
    try {
      return localStorage.getItem('theme') ?? 'auto';
    } catch {
      return 'auto'; // storage is switched off
    }
  };
  const apply = () => {
    const theme = read();
    document.documentElement.dataset.theme = theme === 'auto' ? (dark.matches ? 'dark' : 'light') : theme;
    dispatchEvent(new Event('themechange'));
  };
  dark.addEventListener('change', apply);
  apply();
  addEventListener('DOMContentLoaded', () => {
    const select = /** @type {HTMLSelectElement} */ (document.getElementById('theme'));
    select.value = read();
    select.addEventListener('change', () => {
      try {
        localStorage.setItem('theme', select.value);
      } catch {
        // It holds until the page is left.
      }
      apply();
    });
  });
})();
