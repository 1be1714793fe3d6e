/**
 * Things that have happened to people, played on the mock. Each tells in the end what was seen, in measured numbers.
 * Over 200 lines because it is one list.
 */
import { isAuthError } from "@keyturn/core";
import type { Explorer, Outcome } from "./explorer.ts";
import { duration, span } from "./wording.ts";

export interface Incident {
	readonly id: string;
	readonly title: string;
	readonly story: string;
	/** @param say tells which step it is at @returns what was seen */
	readonly run: (
		explorer: Explorer,
		say: (step: string) => void,
	) => Promise<string>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fresh server, a fresh session, an empty timeline. */
async function begin(explorer: Explorer, say: (step: string) => void) {
	say("Signing in …");
	explorer.setOffline(false);
	await explorer.session.get().auth.signOut();
	await explorer.order("reset", {}, "Reset");
	const { api, auth, trace } = explorer.session.get();
	await auth.ready;
	const [sample] = api.samples;
	if (sample) await auth.signIn(api.credentials(sample.login, sample.password));
	trace.clear();
	return auth;
}

const answers = ({ outcomes }: Outcome): string =>
	Object.entries(outcomes)
		.map(([outcome, count]) => `${count} × ${outcome}`)
		.join(", ");

const refreshes = ({ refreshes: count }: Outcome): string =>
	`${count} ${count === 1 ? "refresh" : "refreshes"}`;

/** Until the session is usable again, for so long at most. */
async function recovery(explorer: Explorer, forMs: number): Promise<boolean> {
	const { auth } = explorer.session.get();
	const endMs = performance.now() + forMs;
	while (performance.now() < endMs) {
		if (auth.state.status === "authenticated") return true;
		await pause(100);
	}
	return false;
}

export const incidents: readonly Incident[] = [
	{
		id: "herd",
		title: "Fifty at once",
		story:
			"A page opens, fifty requests start, and the token has just died. Naive clients refresh fifty times; servers that rotate tokens end the session at the second.",
		async run(explorer, say) {
			await begin(explorer, say);
			await explorer.order("expire", {}, "Expired");
			say("Fifty requests with a dead token …");
			const outcome = await explorer.burst(50);
			return `${answers(outcome)}, with ${refreshes(outcome)}. The longest wait was ${span(outcome.longestWaitMs)}.`;
		},
	},
	{
		id: "tabs",
		title: "Two tabs",
		story:
			"Two tabs share a session, and both notice at the same moment that it has to be renewed. Whoever comes second shows a used refresh token.",
		async run(explorer, say) {
			explorer.choose({ keeping: "tabs" });
			explorer.openTab(true);
			await begin(explorer, say);
			await pause(1_500);
			await explorer.order("expire", {}, "Expired");
			say("Ten requests in each tab …");
			const outcome = await explorer.burstEverywhere(10);
			await pause(600);
			const view = await explorer.look();
			return `This tab: ${answers(outcome)}. Both tabs together: ${view?.counters.refreshes} refresh, ${view?.counters.reuses} used tokens shown.`;
		},
	},
	{
		id: "thirty-days",
		title: "The 30-day token",
		story:
			"A browser's timer holds 24.8 days. Set it to 30, and it fires at once: the session renews itself in a loop.",
		async run(explorer, say) {
			explorer.choose({ api: "kazunion" });
			const auth = await begin(explorer, say);
			say("Watching the timers for three seconds …");
			await pause(3_000);
			const view = await explorer.look();
			const { state } = auth;
			return `${view?.counters.refreshRequests} refreshes. The next one is due in ${
				"session" in state
					? duration(state.session.shouldRefreshAtMs - auth.nowMs())
					: "–"
			}.`;
		},
	},
	{
		id: "sleep",
		title: "The laptop slept",
		story:
			"Eight hours with the lid closed. Timers did not run, the monotonic clock may not have either, and at the wake everything fires at once.",
		async run(explorer, say) {
			explorer.choose({ api: "oz" });
			await begin(explorer, say);
			await pause(300);
			await explorer.order("expire", {}, "Expired meanwhile");
			await explorer.sleep(8 * 3_600_000, "Slept 8 h");
			say("Awake: twenty requests …");
			const outcome = await explorer.burst(20);
			const view = await explorer.look();
			return `${answers(outcome)}, with ${view?.counters.refreshes} refresh and ${view?.counters.unauthorized} requests refused: the wall clock was believed.`;
		},
	},
	{
		id: "portal",
		title: "The portal answered 200",
		story:
			"A hotel's network answers the refresh itself: status 200, a page of HTML. Clients that look at the status alone sign their user out, or store undefined as a token.",
		async run(explorer, say) {
			const auth = await begin(explorer, say);
			await explorer.order(
				"fail",
				{ fault: { type: "portal" }, on: "refresh" },
				"Portal",
			);
			say("Refreshing through the portal …");
			const code = await auth.refresh().then(
				() => "no error",
				(error: unknown) => (isAuthError(error) ? error.code : "another error"),
			);
			const outcome = await explorer.burst(5);
			return `The refresh failed with ${code}. The session stayed: ${answers(outcome)} with the token it had.`;
		},
	},
	{
		id: "outage",
		title: "The server is down",
		story:
			"The token endpoint answers 503 for a while. That is no reason to sign anybody out, nor to ask it a thousand times.",
		async run(explorer, say) {
			await begin(explorer, say);
			await explorer.order("expire", {}, "Expired");
			await explorer.order(
				"fail",
				{ fault: { type: "status", status: 503 }, on: "refresh", times: 3 },
				"503 × 3",
			);
			say("Ten requests during the outage …");
			const during = await explorer.burst(10);
			say("Waiting for the next attempt …");
			const isBack = await recovery(explorer, 15_000);
			const after = await explorer.burst(10);
			const view = await explorer.look();
			return `During: ${answers(during)}. ${isBack ? "Then it recovered by itself" : "Then"}: ${answers(after)}. ${view?.counters.refreshRequests} attempts in all, nobody was signed out.`;
		},
	},
	{
		id: "lost",
		title: "The answer was lost",
		story:
			"The server renews the pair, and the connection breaks. The old refresh token is used up, the new one never arrived. To the server, showing the old one again looks like theft.",
		async run(explorer, say) {
			explorer.choose({ api: "oz" });
			const auth = await begin(explorer, say);
			await explorer.order(
				"fail",
				{ fault: { type: "half-body" }, on: "refresh" },
				"Answer lost",
			);
			say("A refresh whose answer is lost …");
			await auth.refresh().catch(() => {});
			const before = await explorer.burst(5);
			await explorer.order("expire", {}, "Expired");
			say("Nothing left to lose: the old token is shown once …");
			await explorer.burst(5);
			const { state } = auth;
			const failure = state.failure?.code ?? "no failure";
			return `While the access token lived, it was used and the doubtful one was kept back: ${answers(before)}. When it had run out, the session ended and said why: ${failure}.`;
		},
	},
	{
		id: "stranger",
		title: "Redirected to a stranger",
		story:
			"The API redirects a request to another origin. fetch drops Authorization there, and carries every other token header along.",
		async run(explorer, say) {
			explorer.choose({ api: "oz" });
			await begin(explorer, say);
			await explorer.order(
				"fail",
				{ fault: { type: "redirect", to: "foreign" }, on: "api" },
				"Redirect",
			);
			say("A request that is sent elsewhere …");
			const outcome = await explorer.burst(1);
			return `The request ended with ${answers(outcome)}; the token stayed at home. The session goes on.`;
		},
	},
];
