// What opens: a record with all its halves, and the sections behind the matrix.

const HALVES = [['attempt', 'attempt'], ['witness', 'witness'],
  ['control', 'control'], ['control_outside', 'control, outside'],
  ['outside', 'outside']];
const halfOf = (record, key) => data.halves[record[key]] ?? null;
const killOf = (id) => data.kill?.probes.find((row) => row.probe === id);
const depthOf = (id) => data.depth?.probes.find((row) => row.probe === id);

function sayHalf(half, key) {
  if (!half) {
    return el('span', {class: 'muted'}, key.includes('outside')
      ? 'no outside half, or no answer from it' : 'nothing trustworthy was seen');
  }
  const how = [half.outcome, half.errno ? `errno ${half.errno}` : '',
    half.signal ? `signal ${half.signal}` : ''].filter(Boolean).join(', ');
  return [`${how}${half.evidence ? ': ' : ''}`, raw(half.evidence)];
}

function sayReference(text) {
  if (!/^CVE-\d{4}-\d{4,}$/.test(text)) return raw(text);
  return el('a', {href: `https://nvd.nist.gov/vuln/detail/${text}`,
    rel: 'noreferrer'}, text);
}

const separated = (nodes) =>
  nodes.flatMap((node, index) => index ? [', ', node] : [node]);
const listed = (value) => Array.isArray(value) ? value : [];

function sayDepth(record) {
  const row = depthOf(record.probe.id);
  if (row?.blind) return 'no answer with everything out';
  if (row?.exempt) return raw(`not judged: ${row.exempt}`);
  const alone = record.alone ?? row?.alone;
  if (!alone) return null;
  if (!alone.length) return '0: only several boundaries together contain it';
  return [`${alone.length}: `, raw(alone.join(', ')),
    alone.length === 1 ? ' alone: one bug from escape' : ', each of them alone'];
}

function sayKill(record) {
  const row = killOf(record.probe.id);
  if (!row) return null;
  if (row.steps.length) return separated(row.steps.map(code));
  return row.exempt ? raw(`not tried: ${row.exempt}`)
    : 'no step: nothing was ever seen to turn it';
}

function sayVerdict(record) {
  const waived = record.waived ? [` until ${record.waived.until}: `,
    raw(record.waived.reason)] : [];
  return [mark(record.word), ` ${record.word}`, ...waived];
}

/** "term, what is said of it"; without those that say nothing. */
function terms(pairs) {
  return el('dl', {}, pairs
    .filter(([, said]) => said !== null && said !== undefined && said !== '')
    .flatMap(([name, said]) => [el('dt', {}, name),
      el('dd', {}, ...[said].flat())]));
}

function commandOf(text) {
  const shownText = el('pre', {class: 'raw'}, text);
  const button = el('button', {type: 'button', click: async () => {
    button.textContent = await copied(shownText) ? 'Copied' : 'Press Ctrl+C';
  }}, 'Copy');
  return el('div', {class: 'command'}, shownText, button);
}

/** Whether it is on the clipboard; else it is selected, for the user to copy. */
async function copied(element) {
  getSelection().selectAllChildren(element);
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

function bodyOf(record) {
  const {probe, run} = record;
  const here = {probe: probe.id, subject: run.subject, machine: run.machine};
  return el('div', {class: 'body'},
    (record.defects ?? []).map((why) =>
      el('p', {class: 'problem raw'}, `${record.word === 'missing' ? 'Missing' : 'Not believed'}: ${why}`)),
    terms([
      ['claim', probe.claim && raw(probe.claim)],
      ['verdict', sayVerdict(record)],
      ['evidence', record.evidence && raw(record.evidence)],
      ...(record.word === 'missing' ? [] : HALVES.map(([key, name]) =>
        [name, sayHalf(halfOf(record, key), key)])),
      ['by', record.by && code(record.by)],
      ['watches', separated(listed(probe.watches).map(code))],
      ['depth', sayDepth(record)],
      ['turned by', sayKill(record)],
      ['references', separated(listed(probe.references).map(sayReference))],
      ['remedy', probe.remedy && raw(probe.remedy)],
      ['subject', [raw(`${run.subject}${run.version ? `, ${run.version}` : ''}`),
        ' on ', raw(run.machine)]],
      ['repeat', record.repeat && commandOf(record.repeat)],
      ['link', el('a', {href: fragmentOf(here)}, 'to this record')],
    ]));
}

// ---- sections --------------------------------------------------------------

function table(heads, rows) {
  return el('div', {class: 'scroll', tabindex: '0', role: 'region',
    'aria-label': heads.join(', ')},
  el('table', {}, el('thead', {}, el('tr', {},
    heads.map((name) => el('th', {scope: 'col'}, name)))),
  el('tbody', {}, rows.map((cells) => el('tr', {},
    cells.map((cell) => el('td', {}, ...[cell].flat())))))));
}

function section(id, title, open, ...children) {
  byId('sections').append(el('details', {id, open},
    el('summary', {}, title), el('div', {}, ...children)));
}

function killRow(row) {
  const parts = [];
  if (row.refused_at) parts.push(['the start is refused at ', code(row.refused_at)]);
  if (row.noticed_by.length) {
    parts.push([...separated(row.noticed_by.map(code)), ` with ${row.spec} on`]);
  }
  if (row.needed_by) {
    parts.push(['the start fails at ', code(row.needed_by), ', which needs it']);
  }
  if (row.beside.length) {
    parts.push(['left out together with ', ...separated(row.beside.map(code))]);
  }
  if (row.saw.length) {
    parts.push(['sees the absence of ', ...separated(row.saw.map(code))]);
  }
  if (row.exempt) parts.push([raw(`not tried: ${row.exempt}`)]);
  const noticed = row.refused_at || row.noticed_by.length || row.saw.length;
  const word = row.exempt || (!noticed && row.needed_by) ? 'unsupported'
    : noticed ? 'contained' : 'escaped';
  const said = parts.flatMap((part, index) => index ? ['; ', ...part] : part);
  return {word, cells: [mark(word), code(row.step),
    said.length ? said : 'nobody notices']};
}

function renderKill() {
  const {steps, probes, summary} = data.kill;
  const rows = steps.map(killRow).sort((a, b) =>
    (a.word !== 'escaped') - (b.word !== 'escaped'));
  const never = probes.filter((row) => !row.exempt && !row.steps.length);
  const bad = summary.unnoticed + never.length > 0;
  section('kill', `Kill matrix: ${plural(summary.steps, 'step')}, ` +
    `${summary.noticed} noticed, ${summary.only_needed} only needed by others, ` +
    `${summary.exempt} not tried, ` +
    `${summary.unnoticed} unnoticed; ${plural(never.length, 'probe')} never turned`,
  bad, el('p', {}, 'Every step of the reference runtime’s plan, left out: who notices?'),
  never.length ? el('p', {class: 'problem'}, 'Turned by no step’s absence: ',
    ...separated(never.map((row) => code(row.probe)))) : null,
  table(['', 'step left out', 'who notices'], rows.map((row) => row.cells)));
}

function renderDepth() {
  const judged = (row) => !row.exempt && !row.blind;
  const rank = (row) => judged(row) ? row.depth || 99 : row.blind ? 0 : 100;
  const rows = [...data.depth.probes].sort((a, b) => rank(a) - rank(b));
  const count = (test) => rows.filter(test).length;
  section('depth', `Depth matrix: ${count((row) => judged(row) && row.depth === 1)} ` +
    `of ${plural(rows.length, 'probe')} one bug from escape, ` +
    `${count((row) => row.blind)} without an answer`, false,
  el('p', {}, 'The boundaries that contain each probe alone, under the reference ' +
    'runtime. Depth 0 takes more than one boundary at once.'),
  table(['depth', 'probe', 'contained alone by'], rows.map((row) => [
    row.blind ? mark('inconclusive') : judged(row) ? String(row.depth) : '–',
    code(row.probe),
    row.blind ? 'no answer with everything out'
      : row.exempt ? raw(row.exempt) : separated(row.alone.map(code))])));
}

function renderRuns() {
  const defects = data.runs.some((run) => run.defects.length);
  section('runs', `Where it comes from: ${plural(data.runs.length, 'run')}`,
    defects, ...data.runs.flatMap((run) => [
      el('h3', {class: 'raw'}, `${run.subject} on ${run.machine}`),
      ...run.defects.map((why) => el('p', {class: 'problem raw'},
        `Not believed: ${why}`)),
      terms([['version', run.version && raw(run.version)],
        ['architecture', raw(run.architecture)],
        ['file', run.file && raw(run.file)], ['spec', code(run.spec)],
        ['beside', run.asides.length &&
          run.asides.map((text) => el('div', {class: 'raw'}, text)) || null]])]));
}

function renderComparison() {
  const {changes, pairs, runs, title} = data.comparison;
  const where = (change) => {
    const now = data.runs[change.now];
    const old = runs[change.before];
    return `${now.subject}, ${now.machine}` +
      (now.machine === old.machine ? '' : ` (before: ${old.machine})`);
  };
  const name = (run) => `${run.subject} on ${run.machine}`;
  const gone = pairs.filter((pair) => pair.now < 0).map((pair) => runs[pair.before]);
  const added = pairs.filter((pair) => pair.before < 0)
    .map((pair) => data.runs[pair.now]);
  const line = (change) => el('li', {},
    change.from ? mark(change.from) : null, ' → ',
    change.to ? mark(change.to) : el('span', {class: 'muted'}, 'gone'), ' ',
    change.kind === 'gone' ? code(change.probe) : el('a', {class: 'id raw',
      href: fragmentOf({probe: change.probe,
        subject: data.runs[change.now].subject,
        machine: data.runs[change.now].machine})}, change.probe), ' ',
    el('span', {class: 'muted raw'}, where(change)));
  const kinds = [['worse', 'Worse'], ['gone', 'Gone: no longer tried'],
    ['new', 'New'], ['better', 'Better']];
  byId('comparison').append(
    el('p', {class: 'muted raw'}, `Before: ${title}`),
    ...runs.flatMap((run) => run.defects.map((why) => el('p',
      {class: 'problem raw'}, `Before: ${name(run)} is not believed: ${why}`))),
    gone.length ? el('p', {class: 'problem raw'},
      `No longer run: ${gone.map(name).join('; ')}`) : '',
    added.length ? el('details', {}, el('summary', {},
      `Not compared, as there was nothing before: ${plural(added.length, 'run')}`),
    el('ul', {class: 'changes'}, added.map((run) =>
      el('li', {class: 'raw'}, name(run))))) : '',
    ...kinds.flatMap(([kind, heading]) => {
      const some = changes.filter((change) => change.kind === kind);
      return some.length ? [el('details', {open: kind === 'worse' || kind === 'gone'},
        el('summary', {}, `${heading}: ${some.length}`),
        el('ul', {class: 'changes'}, some.map(line)))] : [];
    }),
    changes.length ? '' : el('p', {}, 'No verdict has changed.'));
  byId('comparison').hidden = false;
}

// ---- all of it -------------------------------------------------------------

function fillSelect(id, any, values) {
  byId(id).append(el('option', {value: ANY}, any),
    ...values.map((value) => el('option', {value}, value)));
  byId(id).addEventListener('change', () => {
    const {probe, ...others} = state;
    go({...others, [id]: byId(id).value}, false);
  });
}

function start() {
  byId('problems').append(...data.problems.map((text) =>
    el('li', {class: 'problem raw'}, text)));
  renderMatrix();
  fillSelect('verdict', 'findings', ['all', ...WORST_FIRST]);
  fillSelect('boundary', 'all', data.boundaries);
  fillSelect('subject', 'all', [...new Set(data.runs.map((run) => run.subject))]);
  fillSelect('machine', 'all', [...new Set(data.runs.map((run) => run.machine))]);
  byId('q').addEventListener('input', () =>
    go({...state, q: byId('q').value}, false));
  byId('filter').addEventListener('submit', (event) => event.preventDefault());
  byId('reset').addEventListener('click', () => go({}, true));
  byId('more').addEventListener('click', () => {
    shown += STEP;
    renderList();
  });
  if (data.comparison) renderComparison();
  if (data.kill) renderKill();
  if (data.depth) renderDepth();
  renderRuns();
  byId('made').textContent = `Made by bulkhead ${data.version}. It proves what ` +
    'was tried, on these kernels, with these privileges, at that time.';
  byId('skip').addEventListener('click', (event) => {
    event.preventDefault();
    showList();
  });
  addEventListener('popstate', () => {
    arrive();
    if (state.probe !== ANY) showList();
  });
  addEventListener('beforeprint', renderForPrint);
  addEventListener('afterprint', renderList);
  const paper = matchMedia('print');
  paper.addEventListener('change', () =>
    paper.matches ? renderForPrint() : renderList());
  arrive();
  if (paper.matches) renderForPrint();
  byId('broken').remove();
  if (FILTERS.some((key) => state[key] !== ANY)) showList();
}

start();
