import { lifeOf } from './days.ts';

export default lifeOf({ name: 'seven-days', days: 7, openHours: 12, nightHours: 12, seed: 7 });
