// Makes the buttons of the overview switch a class of the page.
for (const button of document.querySelectorAll('button[data-class]')) {
  button.setAttribute('aria-pressed', 'false');
  button.onclick = () =>
    button.setAttribute('aria-pressed', String(document.body.classList.toggle(button.dataset.class)));
}
