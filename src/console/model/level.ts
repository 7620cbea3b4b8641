/** Sigma's levels, lowest first. */
export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';
