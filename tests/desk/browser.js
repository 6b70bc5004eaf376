// SPDX-License-Identifier: Apache-2.0
// Debian's chromium by playwright-core, driven over standard input: a JSON object a line, [call, argument...], and one as the answer.
// Whatever no page of the desk may do - a dialog, a request to another origin, an error on the console, a script that ran - is a fault,
// which "faults" gives out. Knows nothing of the desk.
"use strict";
const readline = require("readline");
const { chromium } = require("playwright-core");
const axe = require("fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const state = { browser: null, context: null, page: null, origin: "", script: true, faults: [], axe: null };

function watch(page) {
    page.on("dialog", (dialog) => { state.faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("pageerror", (error) => state.faults.push(`script error: ${error.message}`));
    page.on("console", (message) => {
        // Statuses of 4xx that a test asks for are written there by the browser itself.
        if (message.type() === "error" && !/^Failed to load resource: the server responded with a status of 4/.test(message.text()))
            state.faults.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
        if (!request.url().startsWith(state.origin + "/") && request.url() !== "about:blank")
            state.faults.push(`request: ${request.url()}`);
    });
    page.on("popup", () => state.faults.push("popup"));
}

// The page that the browser without JavaScript shows, as one that axe can run in, which needs timers: the same document, as that browser has
// parsed it, at the same address with the same style sheet and window. What was typed into fields is not in it.
async function copy() {
    const html = await state.page.content();
    if (!state.axe || !state.axe.context().browser())
        state.axe = await (await state.browser.newContext({ locale: "ja-JP", ignoreHTTPSErrors: true })).newPage();
    await state.axe.setViewportSize(state.page.viewportSize());
    await state.axe.unrouteAll();
    await state.axe.route("**/*", (route) => route.request().isNavigationRequest() ?
        route.fulfill({ status: 200, contentType: "text/html; charset=utf-8", body: html }) : route.continue());
    await state.axe.goto(state.page.url());
    return state.axe;
}

const calls = {
    async start(origin) {
        state.origin = origin;
        state.browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    },
    // From the next page on the desk is there.
    async at(origin) { state.origin = origin; },
    // token: of a session that there is already, or null. Certificates of a test are nobody's: who they are is not looked at.
    async open(script, token) {
        if (state.context)
            await state.context.close();
        state.script = script;
        state.context = await state.browser.newContext({ javaScriptEnabled: script, locale: "ja-JP", viewport: { width: 1280, height: 900 },
            ignoreHTTPSErrors: true });
        state.context.setDefaultTimeout(60000);
        if (token)
            await state.context.addCookies([{ name: "mugai", value: token, url: state.origin, httpOnly: true, sameSite: "Strict" }]);
        state.page = await state.context.newPage();
        watch(state.page);
    },
    async go(path) {
        const reply = await state.page.goto(state.origin + path);
        return { status: reply.status(), headers: reply.headers() };
    },
    async fill(selector, text) { await state.page.locator(selector).first().fill(text); },
    async upload(selector, name, base64) {
        await state.page.locator(selector).first().setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(base64, "base64") });
    },
    async check(selector, on) { await state.page.locator(selector).first().setChecked(on); },
    async choose(selector, value) { await state.page.locator(selector).first().selectOption(value); },
    async click(selector) {
        const [reply] = await Promise.all([state.page.waitForNavigation({ waitUntil: "load" }), state.page.locator(selector).first().click()]);
        return reply ? reply.status() : 0;
    },
    // At 200 %: half the window, in CSS pixels.
    async zoom(on) { await state.page.setViewportSize({ width: on ? 640 : 1280, height: 900 }); },
    async press(key) {
        const [reply] = await Promise.all([state.page.waitForNavigation({ waitUntil: "load" }), state.page.keyboard.press(key)]);
        return reply ? reply.status() : 0;
    },
    async tab(times) {
        for (let i = 0; i < times; i++)
            await state.page.keyboard.press("Tab");
        return state.page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));
    },
    async url() { return state.page.url().slice(state.origin.length); },
    async text(selector) { return state.page.locator(selector || "body").first().innerText(); },
    async count(selector) { return state.page.locator(selector).count(); },
    async values(selector) { return state.page.locator(selector).evaluateAll((all) => all.map((one) => one.value)); },
    async links() { return state.page.locator("a[href]").evaluateAll((all) => all.map((one) => one.getAttribute("href"))); },
    async source() { return state.page.content(); },
    async cookies() { return state.context.cookies(); },
    async shot(path) { await state.page.screenshot({ path, fullPage: true }); },
    // Elements that a page of text may not have, whoever wrote it; and wider than the window.
    async active() {
        return state.page.evaluate(() => ({
            scripts: document.querySelectorAll("script, iframe, object, embed, svg, math, [onclick], [onerror], [onload], [style]").length,
            overflow: document.documentElement.scrollWidth > window.innerWidth + 1,
            ran: Boolean(window.mugaiRan) }));
    },
    async axe() {
        const page = state.script ? state.page : await copy();
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
        return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" ")}`);
    },
    async faults() { return state.faults.splice(0); },
    async end() { await state.browser.close(); },
};

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const [call, ...rest] = JSON.parse(line);
        let answer;
        try {
            answer = { value: (await calls[call](...rest)) ?? null };
        } catch (error) {
            answer = { error: `${call} ${JSON.stringify(rest).slice(0, 200)}: ${error.message}` };
        }
        process.stdout.write(JSON.stringify(answer) + "\n");
        if (call === "end")
            process.exit(0);
    }
})();
