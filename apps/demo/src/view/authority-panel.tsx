import { useExplorer } from "./explorer-context.ts";
import { useCell } from "./use-cell.ts";

const shown = [
	["refreshes", "Refreshes"],
	["refusals", "Refused sign-ins and refreshes"],
	["reuses", "Used refresh tokens that came again"],
	["accepted", "Requests let in"],
	["unauthorized", "Requests refused for their token"],
	["faults", "Faults met"],
] as const;

/** What the server knows, whichever tab it came from. */
export function AuthorityPanel() {
	const explorer = useExplorer();
	const { api } = useCell(explorer.session);
	const view = useCell(explorer.overview)?.apis[api.id];
	return (
		<div className="authority">
			<dl className="counters">
				{shown.map(([name, label]) => (
					<div key={name}>
						<dt>{label}</dt>
						<dd className="figures" data-testid={`count-${name}`}>
							{view?.counters[name] ?? "–"}
						</dd>
					</div>
				))}
			</dl>
		</div>
	);
}
