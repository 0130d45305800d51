// What lies beside the form: other pages of the site, links that open them, and scripts that must not run.

export function siteVerbs(here) {
  return {
    /** Another page in this tab: its main heading, or why there is none. */
    opens: async (address) => {
      const { page, seen } = here();
      const answer = await page.goto(address).catch((error) => ({ status: () => String(error).split("\n")[0] }));
      (seen.opened ??= []).push([answer.status(), page.url(), await page.locator("h1").first().innerText({ timeout: 2000 }).catch(() => "")]);
    },
    /** A link of this page that leads on in this tab, by where it says that it leads. */
    leads: (href) => here().page.locator(`a[href="${href}"]`).first().click(),
    /** A link that opens a tab of its own: where it leads, what that learns of this one, and that this one stays. */
    follows: async (name) => {
      const { page, seen } = here();
      const before = page.url();
      const link = page.getByRole("link", { name, exact: true }).first();
      const [opened] = await Promise.all([page.waitForEvent("popup"), link.click()]);
      await opened.waitForLoadState();
      const learnt = await opened.evaluate(() => ({ opener: window.opener !== null, referrer: document.referrer }));
      (seen.followed ??= []).push({ url: opened.url(), title: await opened.locator("h1").innerText(), stays: page.url() === before, ...learnt });
      await opened.close();
    },
    /** Whether the browser runs a file of the site as a script, put into this page as an attacker would. */
    runs: async (address, kind = "") => {
      const { page, seen } = here();
      const ran = await page.evaluate(
        ([src, type]) =>
          new Promise((done) => {
            const script = Object.assign(document.createElement("script"), { src, type });
            script.onload = () => done(globalThis.evil ?? "loaded");
            script.onerror = () => done("refused");
            document.head.append(script);
          }),
        [address, kind],
      );
      (seen.ran ??= []).push(ran);
    },
    /** A page as it would be under another policy. */
    under_policy: (pattern, policy) =>
      here().context.route(pattern, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
      }),
  };
}
