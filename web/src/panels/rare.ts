/** Panel types that few dashboards use; they come in a chunk of their own when one does. */
import type { ComponentType } from 'preact';
import { BarChart } from './BarChart';
import { HistogramPanel } from './HistogramPanel';
import { PieChart } from './PieChart';
import { StateTimeline } from './StateTimeline';
import type { PanelProps } from './types';

export const RARE_PANELS: Record<string, ComponentType<PanelProps>> = {
  piechart: PieChart,
  'state-timeline': StateTimeline,
  'status-history': StateTimeline,
  barchart: BarChart,
  histogram: HistogramPanel,
};
