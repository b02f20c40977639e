import { lifeOf } from './days.ts';

/** Most of the time nobody is there, and the device looks and listens at its slow pace. */
export default lifeOf({ name: 'thirty-days', days: 30, openHours: 2, nightHours: 22, seed: 30 });
