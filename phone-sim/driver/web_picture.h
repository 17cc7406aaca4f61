#ifndef PHONE_SIM_DRIVER_WEB_PICTURE_H
#define PHONE_SIM_DRIVER_WEB_PICTURE_H

#include "base/text.h"

/* Append a PNG (RFC 2083) of width by height pixels in black and white, with the digits of number in large figures.
 * Other characters are blanks. width is a multiple of 8 and at most 800; height is at most 480. */
void web_picture(struct text *out, unsigned width, unsigned height, const char *number);

#endif
