import { useRef } from 'preact/hooks';
import { runtimeInfo } from '../api/prometheus';
import type { RuntimeInfo } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { Notice } from '../ui/Notice';
import { describeDuration } from '../ui/time/duration';
import { clockDrift } from './drift';

/** Says so when browser and server disagree about the time: "now" would then ask for the wrong moment. */
export function ClockNotice() {
  const answer = useAnswer('clock', runtimeInfo);
  const seen = useRef<{ data: RuntimeInfo; at: number } | null>(null);
  if (answer.data === null) return null;
  if (seen.current?.data !== answer.data) seen.current = { data: answer.data, at: Date.now() };
  const drift = clockDrift(answer.data['serverTime'], seen.current.at);
  if (drift === null) return null;
  return (
    <Notice kind="warn" title="The clocks differ">
      This browser is {describeDuration(Math.abs(drift))} {drift > 0 ? 'ahead of' : 'behind'} the server. Queries that end now may miss data.
    </Notice>
  );
}
