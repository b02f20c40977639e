/**
 * The page's own script: pointing at a point of a scatter plot, or touching it, shows its label and picture and fades
 * the other groups. It runs in a browser, so it stands here as text.
 */
export const pageScript = `
(() => {
  const pictures = JSON.parse(document.getElementById('pictures').textContent);
  const box = document.getElementById('pointed');
  const clear = () => {
    box.hidden = true;
    for (const mark of document.querySelectorAll('.apart')) mark.classList.remove('apart');
  };
  const show = (event) => {
    const mark = event.target.closest?.('.mark[data-group]');
    clear();
    if (!mark) return;
    const label = document.createElement('div');
    label.textContent = mark.querySelector('title').textContent;
    box.replaceChildren(label);
    const picture = pictures[mark.dataset.picture];
    if (picture) {
      const image = document.createElement('img');
      image.src = picture;
      image.alt = '';
      box.append(image);
    }
    box.hidden = false;
    box.style.left = Math.max(0, Math.min(event.clientX + 14, innerWidth - 190)) + 'px';
    box.style.top = Math.max(0, Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)) + 'px';
    for (const other of mark.ownerSVGElement.querySelectorAll('.mark[data-group]')) {
      other.classList.toggle('apart', other.dataset.group !== mark.dataset.group);
    }
  };
  for (const plot of document.querySelectorAll('svg.scatter')) {
    plot.addEventListener('pointerover', show);
    plot.addEventListener('pointerdown', show);
    plot.addEventListener('pointerleave', clear);
  }
})();
`;
