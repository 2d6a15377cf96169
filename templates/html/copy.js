{ // A button beside each block of equations copies its LaTeX, and what scrolls can be reached by the keyboard. Without a script
  // the page says as much.
  const { copy, copied, equations } = document.currentScript.dataset;
  const said = document.createElement("p");
  said.className = "said";
  said.setAttribute("role", "status");
  document.querySelector("main").append(said);
  const write = async text => {
    try { return await navigator.clipboard.writeText(text); } catch { /* where that is not allowed, a selection is copied */ }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  for (const box of document.querySelectorAll(".equations")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = copy;
    button.addEventListener("click", async () => {
      await write(box.querySelector("annotation").textContent);
      button.focus();
      button.textContent = said.textContent = copied;
      setTimeout(() => { button.textContent = copy; said.textContent = ""; }, 2000);
    });
    box.append(button);
  }
  const widths = new ResizeObserver(entries => entries.forEach(({ target }) => {
    const wider = target.scrollWidth > target.clientWidth;
    const names = { tabindex: 0, role: "group", "aria-label": target.dataset.label ?? equations };
    for (const name in names) wider ? target.setAttribute(name, names[name]) : target.removeAttribute(name);
  }));
  document.querySelectorAll(".equations > div, .scroll").forEach(box => widths.observe(box));
}
