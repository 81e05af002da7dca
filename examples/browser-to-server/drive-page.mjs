// Does what a person would: opens the page, asks, waits for the answer.
import puppeteer from 'puppeteer-core';
import { ensureBrowser } from '../../test/support/browsers.mjs';

const WINDOW = { width: 1360, height: 860 };

/** @param screenshots folder for a picture of the page, if wanted */
export async function drivePage(pageUrl, screenshots) {
  await withPage(async page => {
    await page.goto(pageUrl, { waitUntil: 'load' });
    await page.type('#question', 'What is the weather in Lisbon?');
    await page.click('button');
    await page.waitForSelector('.answer:not(.open)');
    const failure = await page.$eval('.answer', answer => answer.classList.contains('failed') && answer.textContent);
    if (failure) throw new Error(failure);
    if (screenshots) await page.screenshot({ path: `${screenshots}/page.png` });
    // Leaving the page is what makes it send what it still holds.
    await page.goto('about:blank');
  });
}

export async function photographViewer(viewer, folder) {
  await withPage(async page => {
    await page.goto(viewer);
    await page.waitForFunction(() => document.body.textContent.includes('ask'));
    await page.screenshot({ path: `${folder}/viewer.png` });
  });
}

async function withPage(use) {
  const { executablePath } = await ensureBrowser('chromium');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  const browser = await puppeteer.launch({ executablePath, headless: true, args, defaultViewport: WINDOW });
  try {
    await use(await browser.newPage());
  } finally {
    await browser.close();
  }
}
