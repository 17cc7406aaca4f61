#ifndef PHONE_SIM_CORE_FILES_H
#define PHONE_SIM_CORE_FILES_H

#include "phone-sim/core/phone.h"
#include "wire/phonexml.h"

/* The steps that read files of the TFTP service: config_file.c, firmware.c, files.c, locale.c. */

#define XML_ERROR_TEXT 320

/* A file was not decoded (code: a negative errno; -EBADMSG and -EFBIG are described by error): report the event file.bad.
 * Returns text, which has the reason. */
const char *xml_refused(struct phone *phone, const char *file, const struct phonexml_error *error, int code,
			char text[XML_ERROR_TEXT]);

/* Report the values of a decoded file that the phone does not use: a console line and an event file.odd for each. */
void xml_report(struct phone *phone, const char *file, const struct phonexml_error *error);

/* In a healing round, a step that has not failed is left at once: true. */
bool files_nothing_to_heal(struct phone *phone);

/* State CONFIG entered: drops all connections (unless the phone heals) and requests SEP<MAC>.cnf.xml, signed
 * if a trust list is installed; if it is missing, XMLDefault.cnf.xml. */
void config_enter(struct phone *phone);

/* Request SEP<MAC>.cnf.xml; again, after a session with CAPF. */
void config_request(struct phone *phone);

/* This file of step 7 has come, and can be trusted: use it, unless it is short or a session with CAPF comes first. */
struct file_result;
void config_received(struct phone *phone, const struct file_result *result);

/* No file of step 7 is usable, for this reason. The step fails, and the boot continues with the stored configuration if
 * there is one. */
void config_failed(struct phone *phone, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* State FIRMWARE entered: downloads the load of the configuration and boots it, unless it is active. */
void firmware_enter(struct phone *phone);

/* State DIAL_RULES entered: requests the dial rules that the configuration names. */
void dial_rules_enter(struct phone *phone);

/* State LOCALE entered: requests the files of the user and network locale, unless the load contains them. */
void locale_enter(struct phone *phone);

/* State SOFTKEYS entered: requests the soft key template. */
void softkeys_enter(struct phone *phone);

/* State RINGTONES entered: requests the lists of ringtones and each ringtone. */
void ringtones_enter(struct phone *phone);

#endif
