// Where the browsers of the tests come from: one that is there, else one we can get.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const playwrightVersion = '1.65.1';

/** Long enough for 200 MB on a slow line; a refused download ends by itself within seconds. */
const downloadTimeoutMs = 300_000;

const browsers = {
  chromium: {
    variable: 'CHROME_PATH',
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    applications: ['Google Chrome', 'Chromium'],
    packages: ['chromium'],
    find: () => findExecutable('chromium') ?? findDownloaded(),
    download: downloadChromium,
    advice: 'install Chromium or Chrome, or set CHROME_PATH to its executable',
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    commands: ['firefox', 'firefox-esr'],
    applications: ['Firefox'],
    packages: ['firefox-esr'],
    find: () => findExecutable('firefox'),
    // Playwright's Firefox is patched and does not speak WebDriver BiDi to puppeteer.
    download: undefined,
    advice: 'install Firefox, or set FIREFOX_PATH to its executable',
  },
  webkit: {
    packages: ['webkit2gtk-driver', 'xvfb', 'xauth'],
    find: findWebKit,
    download: undefined,
    advice: 'install WebKitWebDriver, MiniBrowser and xvfb-run (Debian: webkit2gtk-driver xvfb xauth)',
  },
};

/**
 * What is needed to launch a browser, or undefined:
 * `{ executablePath }`, and for webkit `{ driver, miniBrowser, xvfbRun }`.
 */
export function findBrowser(name) {
  return browserNamed(name).find();
}

/** As `findBrowser`, but downloads or installs it when it is missing; throws one clear line when that fails. */
export function ensureBrowser(name) {
  const { find, download, packages, advice } = browserNamed(name);
  const found = find();
  if (found) return found;
  const downloaded = download?.() ? find() : undefined;
  if (downloaded) return downloaded;
  const installed = installPackages(packages) ? find() : undefined;
  if (installed) return installed;
  throw new Error(`No ${name} found, and none could be installed: ${advice}`);
}

function browserNamed(name) {
  const browser = browsers[name];
  if (!browser) throw new Error(`Unknown browser "${name}": use ${Object.keys(browsers).join(', ')}`);
  return browser;
}

function findExecutable(name) {
  const { variable, commands, applications } = browsers[name];
  const override = process.env[variable];
  if (override) {
    if (runs(override)) return { executablePath: override };
    throw new Error(`${variable}=${override} does not run: correct it or unset it`);
  }
  const candidates = [...commands.map(inPath), ...applications.flatMap(macPaths)];
  const executablePath = candidates.find(path => path && runs(path));
  return executablePath && { executablePath };
}

function inPath(command) {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  return folders.map(folder => join(folder, command)).find(path => existsSync(path));
}

function macPaths(application) {
  if (process.platform !== 'darwin') return [];
  const inside = `${application}.app/Contents/MacOS/${application.toLowerCase() === 'firefox' ? 'firefox' : application}`;
  return [join('/Applications', inside), join(homedir(), 'Applications', inside)];
}

/** Being there is not enough: Ubuntu's are stubs for a snap, and Playwright's may lack system libraries. */
function runs(executablePath) {
  return existsSync(executablePath) && succeeds(executablePath, ['--version'], { timeout: 20_000, stdio: 'ignore' });
}

function findDownloaded() {
  const root = playwrightFolder();
  if (!existsSync(root)) return undefined;
  const newestFirst = readdirSync(root)
    .filter(folder => /^chromium-\d+$/.test(folder))
    .toSorted((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]));
  const executablePath = newestFirst.flatMap(folder => chromiumUnder(join(root, folder))).find(runs);
  return executablePath && { executablePath };
}

function playwrightFolder() {
  const { PLAYWRIGHT_BROWSERS_PATH, XDG_CACHE_HOME } = process.env;
  if (PLAYWRIGHT_BROWSERS_PATH) return PLAYWRIGHT_BROWSERS_PATH;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/ms-playwright');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
}

/** The folder inside is named for platform and build (chrome-linux, chrome-linux64, chrome-mac-arm64, ...). */
function chromiumUnder(folder) {
  const inside = readdirSync(folder).filter(entry => entry.startsWith('chrome-'));
  const executables = [
    'chrome',
    'Chromium.app/Contents/MacOS/Chromium',
    'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  ];
  return inside.flatMap(entry => executables.map(executable => join(folder, entry, executable)));
}

function findWebKit() {
  const driver = inPath('WebKitWebDriver');
  const miniBrowser = miniBrowserFolders()
    .map(folder => join(folder, 'MiniBrowser'))
    .find(path => existsSync(path));
  const xvfbRun = inPath('xvfb-run');
  const complete = driver && miniBrowser && xvfbRun && inPath('Xvfb') && inPath('xauth');
  return complete ? { driver, miniBrowser, xvfbRun } : undefined;
}

function miniBrowserFolders() {
  const debian = foldersIn('/usr/lib').filter(folder => folder.includes('-linux-gnu'));
  return [...debian, '/usr/libexec', '/usr/lib', '/usr/lib64']
    .flatMap(foldersIn)
    .filter(folder => /\/webkit2?gtk-[\d.]+$/.test(folder));
}

function foldersIn(folder) {
  return existsSync(folder) ? readdirSync(folder).map(entry => join(folder, entry)) : [];
}

function downloadChromium() {
  console.log(`No Chromium found; trying Playwright ${playwrightVersion}'s`);
  const args = ['--yes', `playwright-core@${playwrightVersion}`, 'install', 'chromium', '--no-shell'];
  return quietly('npx', args, { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '5000' });
}

function installPackages(packages) {
  const asRoot = rootPrefix();
  if (!inPath('apt-get') || !asRoot) return false;
  console.log(`Installing ${packages.join(' ')} with apt-get`);
  const [command, ...prefix] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  quietly(command, [...prefix, 'update']);
  return quietly(command, [...prefix, 'install', '-y', '--no-install-recommends', ...packages]);
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return succeeds('sudo', ['-n', 'true'], { stdio: 'ignore' }) ? ['sudo', '-n'] : undefined;
}

/** Shows of what a command said only why it failed. */
function quietly(command, args, variables = {}) {
  const env = { ...process.env, ...variables };
  const { status, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8', timeout: downloadTimeoutMs });
  if (status === 0) return true;
  const lines = stderr.trim().split('\n');
  const reason = error?.message ?? lines.find(line => /^(E:|Error:|npm error)/.test(line)) ?? lines.at(-1);
  console.log(`${[command, ...args].join(' ')}: ${reason}`);
  return false;
}

function succeeds(command, args, options) {
  return spawnSync(command, args, options).status === 0;
}
