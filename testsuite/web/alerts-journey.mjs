// The journey of a reader: sign up, confirm by the mailed link, get an alert, change preferences, leave by one click.
//
// node alerts-journey.mjs BASE MAILDIR PLAY FLIP THEN LATER    (run by `cargo test -p plimsoll --test alerts_journey -- --ignored`)
//   BASE     where the pages are served
//   MAILDIR  the folder `new` that the mail server delivers into
//   PLAY     a command that makes a verdict flip and sends what is due
//   FLIP     the day of the flip
//   THEN     the figure of that day
//   LATER    the figure of the day after, of which the store knows by then
// Pictures of every page are put into $PICTURES where that is set. Exits with 0 where all went well.
import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const [base, maildir, play, flip, then, later] = process.argv.slice(2);
const address = 'reader@example.org';
const pictures = process.env.PICTURES;

const mails = () =>
  (existsSync(maildir) ? readdirSync(maildir) : []).map((f) => readFileSync(join(maildir, f), 'utf8').replaceAll('\r\n', '\n'));

async function mail(test, what) {
  for (let i = 0; i < 200; i++) {
    const found = mails().find(test);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no mail: ${what}; there are ${mails().length}`);
}

// Quoted-printable, as the text parts are sent.
const plain = (raw) =>
  Buffer.from(raw.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
const link = (raw, path) => {
  const found = plain(raw).match(new RegExp(`https?://[^\\s"<>]*/alerts/${path}/[A-Za-z0-9_-]+`));
  assert(found, `a link to ${path}`);
  return base + new URL(found[0]).pathname;
};

const browser = await chromium.launch({
  executablePath: process.env.PLIMSOLL_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1100, height: 1300 } });
const page = await context.newPage();
const foreign = [];
page.on('request', (r) => r.url().startsWith(base) || r.url().startsWith('data:') || foreign.push(r.url()));

// Every page the reader comes to: accessible, and no wider than a phone, in light and dark.
async function look(name) {
  for (const [kind, scheme, width] of [['light', 'light', 1280], ['dark', 'dark', 1280], ['phone', 'light', 390]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 1300 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= width, `${name}, ${kind}: ${wide} wide on ${width}`);
    const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']).analyze();
    const serious = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact));
    assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${name}, ${kind}`);
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${kind}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1100, height: 1300 });
}

try {
  // A mistake is said beside the form, and what was filled in stays.
  await page.goto(`${base}/alerts`);
  await look('sign-up');
  await page.getByLabel('Your address').fill('reader@localhost');
  await page.getByLabel('Once a day, at eight in the morning').check();
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('alert').waitFor();
  assert(await page.getByLabel('Once a day, at eight in the morning').isChecked(), 'what was chosen stays');
  await look('sign-up-wrong');

  // With the keyboard alone.
  await page.getByLabel('Your address').fill(address);
  await page.getByLabel('As it happens').check();
  await page.getByLabel('Your address').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
  await look('sent');

  const letter = await mail((m) => m.includes('Please confirm'), 'to confirm');
  assert(!letter.match(/^List-Unsubscribe:/m), 'who has not confirmed has nothing to leave');
  await page.goto(link(letter, 'confirm'));
  await look('confirm');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'You are subscribed' }).waitFor();
  await page.getByRole('link', { name: 'your preferences' }).click();
  await page.getByLabel('Quiet hours').check();
  await page.getByLabel('Quiet hours').uncheck();
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').waitFor();
  await look('preferences');

  execSync(play, { stdio: ['ignore', 'ignore', 'inherit'] });
  const alert = await mail((m) => m.match(/^X-Plimsoll-Alert:/m), 'the alert');
  assert(plain(alert).includes('now fails'), 'it says what changed');
  assert(alert.match(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m));

  // The mail leads to the dated report: that day and no later one, at the claim it is about.
  const report = plain(alert).match(/https?:\/\/\S*\/\?as_of=\S*/)[0];
  assert.equal(report, `${base}/?as_of=${flip}#claim-above-four`);
  assert.equal((await page.goto(report)).status(), 200);
  await page.waitForURL(report);
  await page.locator('#claim-above-four').waitFor();
  assert.equal(await page.locator('#as-of').inputValue(), flip);
  const claim = await page.locator('#claim-above-four').innerText();
  assert.match(claim, /fails/i, claim);
  assert.ok(claim.includes(then), `the figure of that day in ${claim}`);
  assert.ok(await page.locator('#claim-above-four').evaluate((e) => { const r = e.getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0; }), 'the claim is in sight');
  assert.ok(!(await page.content()).includes(later), 'nothing of a later day');
  await look('report');

  // The download shows what is kept.
  await page.goto(link(alert, 'preferences'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download it' }).click()]);
  const kept = JSON.parse(readFileSync(await download.path(), 'utf8'));
  assert.equal(kept.address, address);
  assert.equal(kept.time_zone, 'Europe/Berlin');

  // As a mail provider does it: a post, without a browser.
  const leave = link(alert, 'leave');
  await page.goto(leave);
  await look('leave');
  const left = await fetch(leave, {
    method: 'POST',
    body: 'List-Unsubscribe=One-Click',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://mail.example.com' },
  });
  assert.equal(left.status, 200);
  const gone = await page.goto(link(alert, 'preferences'));
  assert.equal(gone.status(), 404);
  await look('gone');
  assert.deepEqual(foreign, [], 'no request to anybody else');
  console.log(`alerts journey: ${mails().length} mails, from sign-up to leaving`);
} finally {
  await browser.close();
}
