// Applies what this browser remembers of how pages look before the first paint; without it a dark page would flash
// light, and a drawer would jump to its width.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const drawer = Number(localStorage.getItem('drawer'));
  if (drawer >= 20 && drawer <= 40) document.documentElement.style.setProperty('--width-drawer', drawer + 'rem');
} catch {}
