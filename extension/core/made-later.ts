/** Stands where an id will stand, in what is shown of something that is not carried out yet. */
export const madeLater = "00000000-0000-4000-8000-000000000000";
