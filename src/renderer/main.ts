// The window's entry.
const root = document.querySelector('#app');
if (root !== null) root.textContent = 'Raftlab';
