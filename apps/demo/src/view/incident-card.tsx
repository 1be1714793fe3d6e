import { useState } from "react";
import { type Incident, incidents } from "../session/incidents.ts";
import { messageOf } from "../session/wording.ts";
import { useExplorer } from "./explorer-context.ts";

export function IncidentCard() {
	const explorer = useExplorer();
	const [chosen, setChosen] = useState<Incident>(incidents[0] as Incident);
	const [step, setStep] = useState<string | null>(null);
	const [seen, setSeen] = useState("");
	const play = async () => {
		setSeen("");
		setStep("Beginning …");
		try {
			setSeen(await chosen.run(explorer, setStep));
		} catch (error) {
			setSeen(
				`It did not come to its end: ${messageOf(error as Parameters<typeof messageOf>[0])}`,
			);
		} finally {
			setStep(null);
		}
	};
	return (
		<section className="card incident-card" aria-labelledby="incidents-title">
			<div className="card-head">
				<h2 id="incidents-title">Incidents</h2>
			</div>
			<div className="incident">
				<div className="samples">
					{incidents.map((incident) => (
						<button
							type="button"
							className="chip"
							key={incident.id}
							aria-pressed={incident === chosen}
							disabled={step !== null}
							onClick={() => {
								setChosen(incident);
								setSeen("");
							}}
						>
							{incident.title}
						</button>
					))}
				</div>
				<div className="incident-text">
					<p>{chosen.story}</p>
					<button
						type="button"
						className="primary"
						disabled={step !== null}
						onClick={play}
					>
						Play it
					</button>
					<progress
						aria-label="Incident under way"
						data-idle={step === null}
						value={step === null ? 0 : undefined}
					/>
					<p className="seen" role="status" data-testid="seen">
						{step ?? seen}
					</p>
				</div>
			</div>
		</section>
	);
}
