/** The static build's servers: msw's service worker hands what goes to `mock/` to the same mock as the dev server has. */
import { HttpResponse, http } from "msw";
import { setupWorker } from "msw/browser";
import { shareMock } from "./shared-mock.ts";

export async function startMock(): Promise<void> {
	const base = new URL(".", document.baseURI).href;
	const answer = shareMock(base);
	const worker = setupWorker(
		http.all(
			({ request }) => request.url.startsWith(`${base}mock/`),
			async ({ request }) => {
				try {
					return await answer(request);
				} catch {
					return HttpResponse.error();
				}
			},
		),
	);
	await worker.start({
		quiet: true,
		onUnhandledFrame: "bypass",
		serviceWorker: { url: new URL("mockServiceWorker.js", base).pathname },
	});
	// active, and not yet this page's: what is asked now would go to the server of the files
	const { serviceWorker } = navigator;
	if (!serviceWorker.controller)
		await new Promise((resolve) => {
			serviceWorker.addEventListener("controllerchange", resolve, {
				once: true,
			});
			setTimeout(resolve, 5_000);
		});
}
