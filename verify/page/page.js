'use strict';
// The page out of the JSON in #data. Text only ever becomes a text node: no
// markup is built from it. A verdict that is none of the words below is shown
// as inconclusive.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const WORST_FIRST = ['escaped', 'missing', 'inconclusive', 'waived', 'open',
  'contained', 'unsupported'];
const SYMBOLS = {...data.symbols, missing: '?', waived: '✗'};
const RED = new Set(['escaped', 'missing', 'inconclusive']);
const ANY = '';
const STEP = 200;
const MOST_PRINTED = 1000;

const wordOf = (record) =>
  WORST_FIRST.includes(record.word) ? record.word : 'inconclusive';
const records = data.records.map((record, index) => ({
  ...record, index, word: wordOf(record), run: data.runs[record.run],
  runIndex: record.run, probe: data.probes[record.probe]}));

/** An element with these attributes, listeners (functions) and children. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

const raw = (text) => el('span', {class: 'raw'}, String(text));
const code = (text) => el('code', {class: 'raw'}, String(text));
const mark = (word) => el('span', {class: `mark ${word}`, title: word},
  SYMBOLS[word] ?? '?');
const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** How often each word occurs: [[word, count], …], the worst first. */
function tally(some) {
  return WORST_FIRST.map((word) =>
    [word, some.filter((record) => record.word === word).length])
    .filter(([, count]) => count > 0);
}

// ---- state: all of it stands in the fragment -------------------------------

const FILTERS = ['verdict', 'boundary', 'subject', 'machine', 'probe', 'q'];
let state = {};
let shown = STEP;

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = Object.fromEntries(FILTERS.map((key) => [key, given.get(key) ?? ANY]));
}

function fragmentOf(wanted) {
  const kept = Object.entries(wanted).filter(([, value]) => value !== ANY);
  return '#' + new URLSearchParams(kept);
}

/** Goes to a state. One that is worth the Back button is `visited`. */
function go(wanted, visited) {
  const fragment = fragmentOf({...wanted});
  if (visited) history.pushState(null, '', fragment);
  else history.replaceState(null, '', fragment);
  arrive();
}

function arrive() {
  readState();
  shown = STEP;
  for (const key of FILTERS) {
    const control = byId(key);
    if (!control || document.activeElement === control) continue;
    control.value = state[key];
    // What the fragment names and this page has not matches nothing.
    if (control.value !== state[key]) {
      control.append(el('option', {value: state[key]}, state[key]));
      control.value = state[key];
    }
  }
  renderList();
  for (const button of document.querySelectorAll('#matrix button')) {
    button.setAttribute('aria-pressed', String(
      state.boundary === button.dataset.boundary &&
      state.subject === button.dataset.subject &&
      state.machine === button.dataset.machine && state.probe === ANY));
  }
}

// ---- the matrix ------------------------------------------------------------

function cellOf(some, run, boundary) {
  const counts = tally(some);
  let [word, count] = counts[0] ?? ['missing', 0];
  // Both are a question without an answer: one symbol, one number.
  if (word === 'missing' && counts[1]?.[0] === 'inconclusive') {
    count += counts[1][1];
  }
  const number = count === some.length ? `${count}` : `${count}/${some.length}`;
  const said = counts.map(([name, many]) => `${many} ${name}`).join(', ');
  return el('td', {}, el('button', {
    type: 'button', class: word, 'aria-pressed': 'false',
    'aria-label': `${run.subject} on ${run.machine}, ` +
      `${boundary || 'all boundaries'}: ${said || 'no record'}`,
    title: said || 'no record', 'data-boundary': boundary,
    'data-subject': run.subject, 'data-machine': run.machine,
    click: () => openCell(run, boundary)},
  `${SYMBOLS[word] ?? '?'} ${number}`));
}

function openCell(run, boundary) {
  go({verdict: 'all', boundary, subject: run.subject, machine: run.machine},
    true);
  showList();
}

function showList() {
  byId('probes-title').scrollIntoView();
  byId('probes-title').focus({preventScroll: true});
}

function rowOf(run, index) {
  const own = records.filter((record) => record.runIndex === index);
  return el('tr', {},
    el('th', {scope: 'row', title: run.version}, raw(run.subject),
      run.defects.length ? [' ', el('span', {class: 'mark inconclusive'},
        '? not believed')] : ''),
    cellOf(own, run, ANY),
    data.boundaries.map((boundary) => cellOf(
      own.filter((record) => record.probe.boundary === boundary), run,
      boundary)));
}

function renderMatrix() {
  const columns = ['all', ...data.boundaries];
  byId('matrix').append(el('thead', {}, el('tr', {},
    el('th', {scope: 'col'}, 'subject'),
    columns.map((name) => el('th', {scope: 'col'},
      name.split(/(?<=_)/).flatMap((part) => [part, el('wbr')]))))));
  const machines = [...new Set(data.runs.map((run) => run.machine))];
  for (const machine of machines) {
    byId('matrix').append(el('tbody', {},
      el('tr', {}, el('th', {scope: 'rowgroup', colspan: columns.length + 1},
        el('span', {class: 'raw'}, machine))),
      data.runs.map((run, index) =>
        run.machine === machine ? rowOf(run, index) : null)));
  }
  const present = new Set(records.map((record) => record.word));
  byId('legend').append(...WORST_FIRST.filter((word) => present.has(word))
    .map((word) => el('li', {}, mark(word), ` ${word} `,
      String(records.filter((record) => record.word === word).length))));
}

// ---- the list --------------------------------------------------------------

function textOf(record) {
  record.text ??= JSON.stringify([record.word, record.by, record.evidence,
    record.repeat, record.waived, record.defects, record.probe,
    record.run.subject, record.run.machine, record.run.version,
    ...HALVES.map(([key]) => halfOf(record, key))]).toLowerCase();
  return record.text;
}

function matches(record) {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean)
    .map((word) => JSON.stringify(word).slice(1, -1));
  const verdict = state.verdict || 'findings';
  return (verdict === 'all' || state.probe !== ANY ||
      (verdict === 'findings' ? RED.has(record.word)
        : record.word === verdict)) &&
    (state.boundary === ANY || record.probe.boundary === state.boundary) &&
    (state.subject === ANY || record.run.subject === state.subject) &&
    (state.machine === ANY || record.run.machine === state.machine) &&
    (state.probe === ANY || record.probe.id === state.probe) &&
    words.every((word) => textOf(record).includes(word));
}

const rank = (record) => WORST_FIRST.indexOf(record.word);
const column = (record) => data.boundaries.indexOf(record.probe.boundary);
const inOrder = (a, b) => rank(a) - rank(b) || column(a) - column(b) ||
  a.probe.id.localeCompare(b.probe.id) || a.index - b.index;

function renderList() {
  const found = records.filter(matches).sort(inOrder);
  byId('list').replaceChildren(...found.slice(0, shown).map((record) =>
    recordElement(record, state.probe !== ANY && found.length === 1)));
  byId('more').hidden = found.length <= shown;
  byId('found').textContent = sayFound(found);
}

function sayFound(found) {
  const words = tally(found).map(([word, count]) => `${count} ${word}`);
  const filtered = FILTERS.some((key) => state[key] !== ANY);
  if (found.length) return `${found.length} of ${records.length}: ${words.join(', ')}`;
  return filtered ? `None of ${records.length} matches.`
    : `None of ${records.length} escaped or is inconclusive; ` +
      'the verdict "all" lists them.';
}

function recordElement(record, open) {
  const {probe, run} = record;
  const details = el('details', {class: `record ${record.word}`, open},
    el('summary', {}, mark(record.word), el('span', {class: 'id raw'}, probe.id),
      el('span', {class: 'where raw'}, `${run.subject}, ${run.machine}`),
      el('span', {class: 'line raw'}, lineOf(record))));
  const fill = () => {
    if (details.open && !details.querySelector('.body')) {
      details.append(bodyOf(record));
    }
  };
  details.addEventListener('toggle', fill);
  fill();
  return details;
}

const lineOf = (record) =>
  record.defects?.[0] ?? record.evidence ?? '';

function renderForPrint() {
  const red = records.filter((record) => RED.has(record.word)).sort(inOrder);
  byId('list').replaceChildren(
    ...red.slice(0, MOST_PRINTED).map((record) => recordElement(record, true)),
    red.length > MOST_PRINTED
      ? el('p', {class: 'problem'}, `and ${red.length - MOST_PRINTED} more`)
      : '');
}
