import { useCallback } from "preact/hooks";
import { type Panel as Model, usePanel } from "../../submitter/panel";
import { FolderPicker } from "../form/FolderPicker";
import { ProjectSelect } from "../form/ProjectSelect";
import { SystemField } from "../form/SystemField";
import { SystemSelect } from "../form/SystemSelect";
import { TextField } from "../form/TextField";
import { Frame } from "../parts/Frame";
import { LiveRegion, type News } from "../parts/LiveRegion";
import { TokenField } from "../parts/TokenField";
import { WhileHeard } from "../parts/WhileHeard";
import { Foot } from "./Foot";
import { Header } from "./Header";
import { OutcomeBand } from "./OutcomeBand";
import { RecordList } from "./RecordList";
import { Silence } from "./Silence";

export function Panel() {
  const panel = usePanel();
  const fields = panel.fields.value;
  const title = fields.find(({ name }) => name === "title");
  const read = useCallback(() => newsOf(panel), [panel]);
  return (
    <Frame label="Submit a job">
      <Header />
      <Silence />
      <WhileHeard>
        <Token />
        <div class="b-grid">
          <SystemSelect />
          <ProjectSelect />
          <FolderPicker />
          {title && <TextField field={title} span={4} />}
          {fields.map((field) => field !== title && <SystemField key={field.name} field={field} />)}
        </div>
      </WhileHeard>
      <Foot />
      <OutcomeBand />
      <RecordList />
      <LiveRegion read={read} />
    </Frame>
  );
}

function Token() {
  const panel = usePanel();
  const error = panel.traits.errors.value.token || panel.tokenNotice.value;
  return (
    <TokenField
      connection={panel.traits.connection.value}
      error={error}
      onUse={(token) => panel.useToken(token)}
    />
  );
}

/** Steps, outcomes and stages; not every byte of an upload. */
function newsOf({ job, traits }: Model): News {
  const { busy, step, message, headline } = traits.status.value;
  const { stage = "", meaning = "" } = job.value ?? {};
  return {
    about: "",
    key: busy ? step : `${headline}\n${stage}`,
    words: busy ? message : [headline, meaning].filter(Boolean).join(" "),
  };
}
