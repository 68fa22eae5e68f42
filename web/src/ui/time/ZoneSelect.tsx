import { isZone, zoneLabel, type Zone } from './zone';

/** All zones the browser knows, the two usual ones first. */
export function ZoneSelect(props: { value: Zone; onChange: (zone: Zone) => void }) {
  const zones = knownZones();
  const listed = props.value === 'browser' || props.value === 'utc' || zones.includes(props.value);
  return (
    <label class="row">
      <span class="visually-hidden">Time zone</span>
      <select class="select zone-select" value={props.value} onChange={(e) => props.onChange(e.currentTarget.value)}>
        <option value="browser">Browser time</option>
        <option value="utc">UTC</option>
        {!listed && isZone(props.value) && <option value={props.value}>{zoneLabel(props.value)}</option>}
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zoneLabel(zone)}
          </option>
        ))}
      </select>
    </label>
  );
}

function knownZones(): string[] {
  return Intl.supportedValuesOf('timeZone');
}
