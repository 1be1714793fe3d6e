import type { Session } from "@keyturn/core";
import { duration } from "../session/wording.ts";
import { useTick } from "./use-cell.ts";

const percent = (value: number): string => `${(value * 100).toFixed(2)}%`;

/** The token's life as a bar: fresh, then renewed in the background, then requests wait. */
export function LifetimeBar({
	session,
	nowMs,
}: {
	readonly session: Omit<Session, "tokens">;
	readonly nowMs: () => number;
}) {
	useTick(500);
	const { receivedAtMs, lifetimeMs, shouldRefreshAtMs, mustRefreshAtMs } =
		session;
	if (lifetimeMs === null)
		return (
			<p className="lifetime-text">
				The API does not say how long the token lives: it is renewed when the
				API refuses it.
			</p>
		);
	const endMs = receivedAtMs + lifetimeMs;
	const atMs = nowMs();
	const share = (ms: number): number =>
		Math.min(Math.max((ms - receivedAtMs) / lifetimeMs, 0), 1);
	const leftMs = endMs - atMs;
	const phase =
		atMs >= mustRefreshAtMs
			? "Requests wait for its renewal."
			: atMs >= shouldRefreshAtMs
				? "It is renewed in the background."
				: "It is simply sent.";
	return (
		<div className="lifetime">
			<p className="lifetime-text">
				<strong className="figures" data-testid="time-left">
					{leftMs > 0 ? duration(leftMs) : "over"}
				</strong>
				<span className="figures">left of {duration(lifetimeMs)}</span>
			</p>
			<div
				className="lifetime-bar"
				role="img"
				aria-label={`${duration(leftMs)} left of ${duration(lifetimeMs)}; background renewal ${duration(endMs - shouldRefreshAtMs)} before the end, requests wait from ${duration(endMs - mustRefreshAtMs)} before it.`}
			>
				<div
					className="window-should"
					style={{ left: percent(share(shouldRefreshAtMs)) }}
				/>
				<div
					className="window-must"
					style={{ left: percent(share(mustRefreshAtMs)) }}
				/>
				<div className="lifetime-now" style={{ left: percent(share(atMs)) }} />
			</div>
			<p className="lifetime-key">
				<span className="key-should">
					should renew: last {duration(endMs - shouldRefreshAtMs)}
				</span>
				<span className="key-must">
					must renew: last {duration(endMs - mustRefreshAtMs)}
				</span>
			</p>
			<p className="note">{phase}</p>
		</div>
	);
}
