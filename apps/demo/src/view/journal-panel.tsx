import { exportJournal, type JournalEntry } from "@keyturn/core";
import { useAuth } from "@keyturn/react";
import { useDeferredValue, useId, useState } from "react";
import { useExplorer } from "./explorer-context.ts";
import { ReplayBar } from "./replay-bar.tsx";
import { ScrollArea } from "./scroll-area.tsx";
import { useCell } from "./use-cell.ts";

/** What an event carries, short. */
function detailOf({ event }: JournalEntry): string {
	const { type: _type, ...rest } = event;
	const parts = Object.entries(rest).flatMap(([key, value]) =>
		key === "arrival" || value === null || value === undefined
			? []
			: typeof value === "object"
				? "code" in value
					? [`${value.code}`]
					: []
				: [
						`${key} ${typeof value === "number" ? Math.round(value * 100) / 100 : value}`,
					],
	);
	return parts.join(", ");
}

function download(name: string, text: string): void {
	const url = URL.createObjectURL(
		new Blob([text], { type: "application/json" }),
	);
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	URL.revokeObjectURL(url);
}

export function JournalPanel() {
	const explorer = useExplorer();
	const { auth } = useAuth();
	const replay = useCell(explorer.replay);
	const [filter, setFilter] = useState("");
	const wanted = useDeferredValue(filter.trim().toLowerCase());
	const [problem, setProblem] = useState("");
	const filterId = useId();
	const entries = replay?.entries ?? auth.journal;
	const rows = entries
		.map((entry, index) => ({
			entry,
			number: index + 1,
			detail: detailOf(entry),
		}))
		.filter(({ entry: { event, effects, status }, detail }) =>
			[event.type, status, detail, ...effects]
				.join(" ")
				.toLowerCase()
				.includes(wanted),
		);

	const show = (name: string, text: string): void => {
		try {
			explorer.showReplay(name, text);
			setProblem("");
		} catch {
			setProblem(`${name} is not a journal of Keyturn.`);
		}
	};

	return (
		<div className="journal">
			<div className="toolbar">
				<label htmlFor={filterId}>Filter</label>
				<input
					id={filterId}
					type="search"
					placeholder="refresh, expired, persist …"
					value={filter}
					onChange={({ target }) => setFilter(target.value)}
				/>
				<span className="spacer" />
				<button
					type="button"
					onClick={() => download("keyturn-journal.json", exportJournal(auth))}
				>
					Export
				</button>
				<button
					type="button"
					onClick={() => show("This session", exportJournal(auth))}
					disabled={!auth.journal.length}
				>
					Replay
				</button>
				<label className="file">
					Replay a file
					<input
						type="file"
						accept="application/json,.json"
						onChange={async ({ target }) => {
							const [file] = target.files ?? [];
							if (file) show(file.name, await file.text());
							target.value = "";
						}}
					/>
				</label>
			</div>
			<p className="form-error" role="alert">
				{problem}
			</p>
			{replay && <ReplayBar replay={replay} />}
			<ScrollArea className="journal-rows" label="Journal">
				<table>
					<thead>
						<tr>
							<th scope="col">#</th>
							<th scope="col">Event</th>
							<th scope="col">Status after</th>
							<th scope="col">Effects</th>
							<th scope="col">With</th>
						</tr>
					</thead>
					<tbody>
						{(replay ? rows : rows.toReversed()).map(
							({ entry, number, detail }) => (
								<tr
									key={number}
									aria-current={replay?.step === number ? "step" : undefined}
								>
									<td className="figures">{number}</td>
									<th scope="row">{entry.event.type}</th>
									<td>
										<span className="pill" data-status={entry.status}>
											{entry.status}
										</span>
									</td>
									<td>{entry.effects.join(", ") || "none"}</td>
									<td className="figures">{detail}</td>
								</tr>
							),
						)}
					</tbody>
				</table>
				{!rows.length && (
					<p className="note">
						{entries.length
							? "Nothing fits the filter."
							: "Nothing has happened yet."}
					</p>
				)}
			</ScrollArea>
		</div>
	);
}
