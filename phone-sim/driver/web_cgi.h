#ifndef PHONE_SIM_DRIVER_WEB_CGI_H
#define PHONE_SIM_DRIVER_WEB_CGI_H

#include "phone-sim/driver/web_page.h"

/* The two programs that need a login: /CGI/Execute (POST, a form with XML=<CiscoIPPhoneExecute>) and /CGI/Screenshot. */

#define WEB_EXECUTE	"/CGI/Execute"
#define WEB_SCREENSHOT	"/CGI/Screenshot"
#define WEB_EXECUTE_MAX 3 /* items of one request, as on the phones */

/* Called for each URI that a request has the phone execute. */
typedef void web_executed_fn(void *arg, const char *uri);

/* Answer a form: executes at most WEB_EXECUTE_MAX items, or reports CiscoIPPhoneError. form is NUL-terminated. */
void web_execute(const char *form, web_executed_fn *executed, void *arg, struct text *out);

/* The display as PNG, in the size of the model's: the directory number. */
void web_screenshot(const struct phone_view *view, struct text *out);

#endif
