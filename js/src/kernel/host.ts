/**
 * What the page itself knows of the kernel. JupyterLab, Notebook 7 and Voila let a widget see
 * it; other pages do not.
 */
import type { AnyModel } from "@anywidget/types";
import { isShown } from "../page/notebook";

/** "gone": there is none, or it has just ended. "away": not connected. "unseen": who knows. */
export type KernelState = "idle" | "busy" | "away" | "gone" | "unseen";

export interface Host {
  kernel(): KernelState;
  /**
   * Whether the kernel knows this comm; it answers only where it is not busy. Unlike a message
   * to the widget, the question does not count as activity: a kernel that nobody uses can end.
   */
  knows(comm: string): Promise<boolean>;
  /** Whether an output of the notebook is this comm's widget; undefined where nobody knows. */
  shows(comm: string): boolean | undefined;
}

/** The part of JupyterLab's IKernelConnection that is used. */
interface Kernel {
  status: string;
  connectionStatus: string;
  isDisposed: boolean;
  requestCommInfo(content: { target_name: string }): Promise<{ content: { comms?: object } }>;
}

const ENDED = ["dead", "terminating", "restarting", "autorestarting"];

export function hostOf(model: Pick<AnyModel, "widget_manager">): Host {
  const find = (): Kernel | null | undefined =>
    (model.widget_manager as { kernel?: Kernel | null } | undefined)?.kernel;
  return {
    kernel: () => {
      const kernel = find();
      if (kernel === undefined) return "unseen";
      if (kernel === null || kernel.isDisposed || ENDED.includes(kernel.status)) return "gone";
      if (kernel.connectionStatus !== "connected") return "away";
      return kernel.status === "busy" ? "busy" : "idle";
    },
    knows: async (comm) => {
      const reply = await find()?.requestCommInfo({ target_name: "jupyter.widget" });
      return Object.hasOwn(reply?.content.comms ?? {}, comm);
    },
    shows: (comm) => isShown(model.widget_manager, comm),
  };
}
