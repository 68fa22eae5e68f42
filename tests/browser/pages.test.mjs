// Every page in a real browser against a running server: it opens, draws, complains about nothing and asks nobody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, picture } from './browser.mjs';
import { startProxy, startServer, until } from './server.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server = null;
let browser;

before(async () => {
  server = await startServer();
  if (server === null) {
    console.log('# skipped: set METERBOX_BIN to the binary or METERBOX_URL to a running server');
    return;
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A test that needs the server. */
function check(name, body) {
  test(name, async (t) => {
    if (server === null) return t.skip('no server');
    await body(t, server);
  });
}

/** Each page and what shows that it has drawn its data. */
const PAGES = [
  ['home', '', '.figure strong:not(.figure-wait)'],
  ['query', 'prometheus/query', '.cm-content'],
  ['targets', 'prometheus/targets', '.target[data-health="up"]'],
  ['status', 'prometheus/status', '.field-row'],
  ['tsdb', 'prometheus/tsdb', '.top li'],
  ['flags', 'prometheus/flags', '.field-row'],
  ['config', 'prometheus/config', '.config-text'],
  ['dashboards', 'grafana/', 'a[href*="grafana/d/"]'],
];

for (const [name, path, sign] of PAGES) {
  check(`${name} opens wide and narrow, dark and light`, async (t, { url }) => {
    for (const [width, theme] of [[1440, 'dark'], [360, 'light']]) {
      const { page, troubles } = await openPage(t, browser, { width, theme });
      await page.goto(url + path);
      await page.waitForSelector(sign);
      await page.waitForLoadState('networkidle');
      await picture(page, `${name}-${width}-${theme}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${name} at ${width} px is ${overflow} px too wide`);
      assert.deepEqual(troubles, [], name);
    }
  });
}

check('the home page names this program, not the level of the API it answers', async (t, { url }) => {
  const build = (await (await fetch(`${url}api/v1/status/buildinfo`)).json()).data;
  assert.notEqual(build.applicationVersion, build.version);
  const { page } = await openPage(t, browser);
  await page.goto(url);
  await page.getByText(`meterbox ${build.applicationVersion} collects`).waitFor({ timeout: 10_000 });
});

check('an expression is typed, run and drawn as table and graph', async (t, { url }) => {
  const { page, troubles } = await openPage(t, browser);
  await page.goto(`${url}prometheus/query`);
  await page.waitForSelector('.cm-content');
  await page.click('.cm-content');
  await page.keyboard.type('sum by (job) (up)');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-panel="0"][data-state="done"]');
  const rows = await page.locator('.result-table tbody tr').allTextContents();
  assert.ok(rows.length > 0 && rows.some((row) => /job="\w+"/.test(row)), rows.join('\n'));
  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.waitForSelector('.graph-legend .legend-entry');
  assert.ok(await hasInk(page, '.graph-box canvas'), 'the graph is blank');
  assert.match(page.url(), /g0\.expr=sum\+by\+%28job%29\+%28up%29&.*g0\.tab=graph/);
  await page.reload();
  await page.waitForSelector('.graph-legend .legend-entry');
  await page.goBack();
  await page.waitForSelector('.result-table');
  assert.deepEqual(troubles, []);
});

check('a bookmark of the Prometheus page works', async (t, { url }) => {
  const { page, troubles } = await openPage(t, browser);
  await page.goto(`${url}prometheus/graph?g0.expr=up&g0.tab=0&g0.range_input=15m&g0.stacked=1`);
  await page.waitForSelector('.graph-legend .legend-entry');
  assert.match(page.url(), /prometheus\/query\?/);
  assert.equal(await page.getByRole('button', { name: 'Stacked' }).getAttribute('aria-pressed'), 'true');
  assert.deepEqual(troubles, []);
});

check('a wrong expression is told in words', async (t, { url }) => {
  const { page } = await openPage(t, browser);
  await page.goto(`${url}prometheus/query?g0.expr=rate(up)&g0.tab=table`);
  await page.waitForSelector('[data-panel="0"][data-state="error"]');
  assert.match(await page.locator('.notice.bad').innerText(), /expected type range vector/);
});

check('the metric explorer finds a metric and runs its query', async (t, { url }) => {
  const { page, troubles } = await openPage(t, browser);
  await page.goto(`${url}prometheus/query`);
  await page.getByRole('button', { name: 'Explore metrics' }).click();
  await page.waitForSelector('.explorer-row');
  await page.keyboard.type('scrape_samples_scraped');
  await page.locator('.explorer-row').first().click();
  await page.getByRole('button', { name: 'Value' }).click();
  await page.waitForSelector('[data-panel="0"][data-state="done"]');
  assert.deepEqual(troubles, []);
});

check('the theme is chosen and remembered', async (t, { url }) => {
  const { page } = await openPage(t, browser, { theme: 'dark' });
  await page.goto(url);
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'Light' }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.reload();
  await page.waitForSelector('.figure');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
});

check('every dashboard draws all panels that are in view', async (t, { url }) => {
  const list = await (await fetch(`${url}grafana/api/search?type=dash-db`)).json();
  assert.ok(list.length > 0, 'no dashboards');
  for (const hit of process.env.METERBOX_ALL_DASHBOARDS ? list : list.slice(0, 6)) {
    await t.test(hit.title, async (t) => {
      const { page, troubles } = await openPage(t, browser);
      await page.goto(`${url}${hit.url.replace(/^\/+/, '')}?from=now-5m&to=now`);
      await page.waitForFunction(() => performance.getEntriesByName('dashboard-drawn').length > 0, null, { timeout: 15_000 });
      const states = await page.locator('[data-panel-id]').evaluateAll((panels) => panels.map((p) => [p.getAttribute('data-panel-id'), p.getAttribute('data-state')]));
      await picture(page, `dashboard-${hit.uid}`);
      assert.ok(states.length > 0, 'no panels');
      assert.deepEqual(states.filter(([, state]) => state === 'error'), []);
      assert.deepEqual(troubles, []);
    });
  }
});

check('the seed dashboard has data in every panel', async (t, { url, seed }) => {
  if (seed === null) return t.skip('the seed dashboard is absent');
  const list = await (await fetch(`${url}grafana/api/search?type=dash-db`)).json();
  const hit = list.find((h) => h.uid === seed);
  assert.ok(hit, 'the seed dashboard is not listed');
  const { page, troubles } = await openPage(t, browser, { height: 2400 });
  await page.goto(`${url}${hit.url.replace(/^\/+/, '')}?from=now-5m&to=now`);
  await page.waitForSelector('[data-panel-id]');
  await until(
    async () => (await page.locator('[data-panel-id]').evaluateAll((all) => all.filter((p) => p.getAttribute('data-state') !== 'done').length)) === 0,
    15_000,
    'all panels to be drawn',
  );
  await picture(page, 'seed');
  assert.deepEqual(troubles, []);
});

check('everything works below a sub-path', async (t, { url }) => {
  const proxy = await startProxy(url, '/deep/box');
  try {
    const { page, troubles } = await openPage(t, browser);
    await page.goto(`${proxy.url}prometheus/query?g0.expr=up&g0.tab=graph`);
    await page.waitForSelector('.graph-legend .legend-entry');
    await page.getByRole('link', { name: 'Targets' }).click();
    await page.waitForSelector('.target[data-health="up"]');
    assert.equal(page.url(), `${proxy.url}prometheus/targets`);
    await page.getByRole('link', { name: 'Dashboards' }).click();
    await page.locator('a[href*="grafana/d/"]').first().click();
    await page.waitForSelector('[data-panel-id]');
    await page.reload();
    await page.waitForSelector('[data-panel-id]');
    assert.ok(page.url().startsWith(`${proxy.url}grafana/d/`), page.url());
    await page.getByRole('link', { name: 'meterbox, home' }).click();
    await page.waitForSelector('.figure strong:not(.figure-wait)');
    assert.deepEqual(troubles, []);
  } finally {
    proxy.stop();
  }
});

check('a first visit to a dashboard is four requests for the page and its code', async (t, { url }) => {
  const list = await (await fetch(`${url}grafana/api/search?type=dash-db`)).json();
  const { page } = await openPage(t, browser);
  const files = new Set();
  page.on('request', (request) => {
    if (['document', 'script', 'stylesheet', 'font', 'image'].includes(request.resourceType()) && !request.url().startsWith('data:')) files.add(request.url());
  });
  await page.goto(`${url}${list[0].url.replace(/^\/+/, '')}`);
  await page.waitForSelector('[data-panel-id]');
  assert.ok(files.size <= 4, [...files].join('\n'));
});

/** Whether a canvas has any pixel drawn. */
function hasInk(page, selector) {
  return page.locator(selector).first().evaluate((canvas) => {
    const context = canvas.getContext('2d');
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let inked = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 200) inked += 1;
    return inked > 50;
  });
}
