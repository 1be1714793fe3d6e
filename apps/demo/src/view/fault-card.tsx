import { useState } from "react";
import {
	answerFaults,
	type Fault,
	fail,
	hour,
	tokenFaults,
} from "../session/faults.ts";
import { Counted } from "./counted.tsx";
import { useExplorer } from "./explorer-context.ts";
import { useCell } from "./use-cell.ts";

const lifetimes = [
	{ label: "as documented", ms: 0 },
	{ label: "20 seconds", ms: 20_000 },
	{ label: "2 minutes", ms: 120_000 },
	{ label: "30 days", ms: 720 * hour },
];

export function FaultCard() {
	const explorer = useExplorer();
	const session = useCell(explorer.session);
	const overview = useCell(explorer.overview);
	const isOffline = useCell(explorer.isOffline);
	const server = overview?.apis[session.api.id];
	const lifetimeMs = server?.lifetimeMs ?? session.api.lifetimeMs;
	const [said, setSaid] = useState("");
	/** @param done what is so from now on */
	const run = async (done: string, work: Promise<void>) => {
		try {
			await work;
			setSaid(done);
		} catch {
			setSaid("The mock server does not answer.");
		}
	};
	const buttons = (faults: readonly Fault[]) => (
		<div className="faults">
			{faults.map(({ label, hint, act }) => (
				<button
					type="button"
					key={label}
					title={hint}
					onClick={() => run(hint, act(explorer))}
				>
					{label}
				</button>
			))}
		</div>
	);
	return (
		<section className="card fault-card" aria-labelledby="faults-title">
			<div className="card-head">
				<h2 id="faults-title">Break it</h2>
				<button
					type="button"
					className="quiet"
					onClick={async () => {
						explorer.setOffline(false);
						await run(
							"The server has forgotten everything, its faults too.",
							explorer.order("reset", {}, "Server reset"),
						);
					}}
				>
					Reset the server
				</button>
			</div>
			<h3>Tokens</h3>
			{buttons(tokenFaults)}
			<h3>The next answers</h3>
			{buttons(answerFaults)}
			<Counted
				label="503"
				unit="times"
				initial={2}
				max={20}
				act={(times) =>
					run(
						times === 1
							? "The next refresh is answered with 503."
							: `The next ${times} refreshes are answered with 503.`,
						fail({ type: "status", status: 503 }, `503 × ${times}`, {
							on: "refresh",
							times,
						})(explorer),
					)
				}
			/>
			<Counted
				label="Rate limit"
				unit="seconds"
				initial={5}
				max={600}
				act={(retryAfter) =>
					run(
						`The next refresh is told to come back in ${retryAfter} seconds.`,
						fail(
							{ type: "rate-limit", retryAfter },
							`429, ${retryAfter} s`,
						)(explorer),
					)
				}
			/>
			<h3>This device</h3>
			<div className="faults">
				<button
					type="button"
					role="switch"
					aria-checked={isOffline}
					onClick={() => explorer.setOffline(!isOffline)}
				>
					Offline
				</button>
				<button
					type="button"
					onClick={() =>
						run(
							"The lid was closed for eight hours.",
							explorer.sleep(8 * hour, "Slept 8 h"),
						)
					}
				>
					Sleep 8 hours
				</button>
			</div>
			<h3>The server</h3>
			<div className="selects">
				<label>
					Tokens live
					<select
						value={lifetimeMs === session.api.lifetimeMs ? 0 : lifetimeMs}
						onChange={({ target }) => {
							const ms = Number(target.value);
							void run(
								"Tokens given from now on live so long.",
								explorer.order(
									"lifetime",
									{ ms: ms || session.api.lifetimeMs },
									"Lifetime",
								),
							);
						}}
					>
						{lifetimes.map(({ label, ms }) => (
							<option key={ms} value={ms}>
								{label}
							</option>
						))}
					</select>
				</label>
				<label>
					Its clock
					<select
						value={server?.clockOffsetMs ?? 0}
						onChange={({ target }) =>
							run(
								"The server's clock is moved.",
								explorer.order(
									"clock",
									{ offsetMs: Number(target.value) },
									"Clock moved",
								),
							)
						}
					>
						<option value={-hour}>an hour behind</option>
						<option value={0}>right</option>
						<option value={hour}>an hour ahead</option>
					</select>
				</label>
				<label>
					Answers in
					<select
						value={overview?.latencyMs ?? 60}
						onChange={({ target }) =>
							run(
								"Every answer takes so long.",
								explorer.setLatency(Number(target.value)),
							)
						}
					>
						{[0, 60, 300, 1_000].map((ms) => (
							<option key={ms} value={ms}>
								{ms} ms
							</option>
						))}
					</select>
				</label>
			</div>
			<p className="note" role="status">
				{said}
			</p>
		</section>
	);
}
