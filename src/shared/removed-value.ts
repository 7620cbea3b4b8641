/** What stands in an alert for a value that its rule saw, and that a step of the table file took out of the row. */
export const REMOVED_VALUE = '(removed by the table file)';
