// In a list of records: one key for what their buttons do. Only while a record has the focus.
"use strict";
document.querySelectorAll(".keys").forEach((one) => { one.hidden = false; });
document.addEventListener("keydown", (event) => {
  const record = event.target.closest && event.target.closest(".record");
  const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
  const writes = event.target.matches && event.target.matches("input:not([type=checkbox]), select, textarea");
  if (!record || !plain || writes || event.repeat) return;
  const beside = { j: "nextElementSibling", k: "previousElementSibling" }[event.key];
  const button = /^[lni]$/.test(event.key) && record.querySelector(`[data-key=${event.key}]`);
  const tick = event.key === "x" && record.querySelector("[name=chosen]");
  if (beside && record[beside]) record[beside].focus();
  else if (button) button.click();
  else if (tick) tick.checked = !tick.checked;
  else return;
  event.preventDefault();
});
// Back in the list after a decision: on with the next record that waits for one. The browser
// itself gives the focus to the one that the address names, once the page is loaded.
addEventListener("load", () => setTimeout(() => {
  const here = location.hash && document.getElementById(location.hash.slice(1));
  let next = here;
  while (next && next.matches(".settled")) next = next.nextElementSibling;
  if (here && here.matches(".record")) (next || here).focus();
}));
