// Applies the stored theme, drawer width and time zone before the first paint. Otherwise a dark page would flash light, the
// drawer would jump to its width, and times would be in UTC for a moment: they are hidden until the page is hydrated.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const drawer = Number(localStorage.getItem('drawer'));
  if (drawer >= 20 && drawer <= 40) document.documentElement.style.setProperty('--width-drawer', drawer + 'rem');
  if (localStorage.getItem('zone') === 'mine') {
    document.documentElement.dataset.zone = 'pending';
    // Where the page is never hydrated, times in UTC are better than none.
    setTimeout(() => delete document.documentElement.dataset.zone, 5000);
  }
} catch {}
