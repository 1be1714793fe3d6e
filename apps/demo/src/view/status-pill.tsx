import { useAuthState } from "@keyturn/react";

export function StatusPill() {
	const status = useAuthState((state) => state.status);
	return (
		<span className="pill" data-status={status} data-testid="status">
			{status}
		</span>
	);
}
