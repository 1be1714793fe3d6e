export { type FileAuth, fileAuth } from "./file-auth.ts";
export { fileCoordinator } from "./file-coordinator.ts";
export type { FileAuthOptions } from "./file-link.ts";
export { fileStore } from "./file-store.ts";
