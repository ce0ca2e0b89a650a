// The proleptic Gregorian calendar by numbers: days since 1970-01-01, years from −999,999,999 to 999,999,999 as java.time has them
// (js-joda ends at a million). Weeks are those of ISO 8601.

export const YEAR_MIN = -999_999_999;
export const YEAR_MAX = 999_999_999;
export const DAYS_PER_ERA = 146_097;

export interface CalendarDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysOfMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (monthDays[month - 1] as number);
}

/** A year begins in March here, so that the leap day is its last. */
export function epochDayOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - 719_468;
}

export function calendarDate(epochDay: number): CalendarDate {
  const days = epochDay + 719_468;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1 };
}

/** 1 is Monday. */
export function dayOfWeek(epochDay: number): number {
  return ((((epochDay + 3) % 7) + 7) % 7) + 1;
}

/** From 1. */
export function ordinalDay(epochDay: number): number {
  return epochDay - epochDayOf(calendarDate(epochDay).year, 1, 1) + 1;
}

/** The Monday of the first week of a week-based year: the week with 4 January. */
export function firstMonday(weekYear: number): number {
  const fourth = epochDayOf(weekYear, 1, 4);
  return fourth - dayOfWeek(fourth) + 1;
}

export function weeksOf(weekYear: number): number {
  return (firstMonday(weekYear + 1) - firstMonday(weekYear)) / 7;
}

export function weekDate(epochDay: number): { readonly weekYear: number; readonly week: number } {
  const thursday = epochDay - dayOfWeek(epochDay) + 4;
  const weekYear = calendarDate(thursday).year;
  return { weekYear, week: Math.floor((thursday - firstMonday(weekYear)) / 7) + 1 };
}

export function quarterOf(month: number): number {
  return Math.floor((month - 1) / 3) + 1;
}

/** The day that many months later, or the last of its month where it has none. */
export function plusMonths(epochDay: number, months: number): number {
  const { year, month, day } = calendarDate(epochDay);
  const count = year * 12 + (month - 1) + months;
  const [newYear, newMonth] = [Math.floor(count / 12), (((count % 12) + 12) % 12) + 1];
  return epochDayOf(newYear, newMonth, Math.min(day, daysOfMonth(newYear, newMonth)));
}
