/* The values of the rows of the web pages. */
#include "phone-sim/driver/web_rows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mac.h"
#include "wire/ipv4.h"
#include "wire/phonexml.h"

bool web_is_78(const struct phone_model *model)
{
	return model->name[0] == '7';
}

bool web_row_exists(const struct web_row *row, const struct phone_model *model)
{
	return !((row->only & WEB_78 && !web_is_78(model)) || (row->only & WEB_88 && web_is_78(model)) ||
		 (row->only & WEB_PC && !model->pc_port) ||
		 (row->only & WEB_MODULES && (strncmp(model->name, "88", 2) || model->name[2] < '5')) ||
		 (row->only & WEB_NOT_7811 && !strcmp(model->name, "7811")));
}

/* "Span to PC port" is "Span to PC Port" on a 78xx. */
const char *web_words(const struct phone_model *model, const char *label, char *text, size_t size)
{
	bool first = true;

	snprintf(text, size, "%s", label);
	for (char *c = text; web_is_78(model) && *c; c++) {
		if (first && strncmp(c, "to ", 3))
			*c = (char)toupper((unsigned char)*c);
		first = *c == ' ';
	}
	return text;
}

static void address(char *value, size_t size, uint32_t ip)
{
	char dotted[IPV4_TEXT];

	ipv4_format(ip, dotted);
	snprintf(value, size, "%s", ip ? dotted : "");
}

/* "sip78xx.14-2-1-0001-125" has the image "rootfs78xx.14-2-1-0001-125". */
static void image(char *value, size_t size, const char *kind, const char *load)
{
	if (*load)
		snprintf(value, size, "%s%s", kind, strncmp(load, "sip", 3) ? load : load + 3);
}

static void clock_text(char *value, size_t size, bool date)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	if (date)
		strftime(value, size, "%m/%d/%Y", &tm);
	else
		strftime(value, size, "%H:%M:%S", &tm);
}

static void serial(char *value, size_t size, const char *name)
{
	char text[MAC_SERIAL];
	struct mac mac;

	if (mac_parse_device(&mac, name))
		return;
	mac_serial(&mac, PHONE_SERIAL_SITE, text);
	snprintf(value, size, "%s", text);
}

/* A value of the configuration; before one is read, its default. */
static void config_value(const struct web_row *row, const struct phone_view *view, char *value, size_t size)
{
	static const char *const modes[] = {
	    [PHONEXML_SECURITY_AUTHENTICATED] = "Authenticated", [PHONEXML_SECURITY_ENCRYPTED] = "Encrypted"};
	static struct phonexml_config defaults;
	const struct phonexml_config *config = view->config;
	const char *text, *mode;

	if (!config) {
		phonexml_config_default(&defaults);
		config = &defaults;
	}
	text = (const char *)config + row->offset;
	switch (row->kind) {
	case WEB_CONFIG_YES:
		snprintf(value, size, "%s", *(const bool *)(const void *)text ? "Yes" : "No");
		return;
	case WEB_CONFIG_NO:
		snprintf(value, size, "%s", *(const bool *)(const void *)text ? "No" : "Yes");
		return;
	case WEB_ACCESS:
		snprintf(value, size, "%s",
			 config->web_access == PHONEXML_WEB_DISABLED	? "No"
			 : config->web_access == PHONEXML_WEB_READ_ONLY ? "Read only"
									: "Yes");
		return;
	case WEB_SECURITY:
		mode = config->security_mode <= PHONEXML_SECURITY_ENCRYPTED ? modes[config->security_mode]
									    : NULL;
		web_words(view->model, mode ? mode : "Non secure", value, size);
		return;
	default: snprintf(value, size, "%s", *text ? text : row->constant ? row->constant : "");
	}
}

static void member_value(const struct phone_member_view *member, char *value, size_t size)
{
	/* Two blanks and the state; a member that is neither active nor standby ends with three blanks. */
	if (member->name[0])
		snprintf(value, size, "%s  %s", member->name, *member->state ? member->state : " ");
}

static uint64_t rest(uint64_t all, uint64_t groups)
{
	return all > groups ? all - groups : 0;
}

struct web_counters web_count(const struct link_counters *link, const struct phone_frames *frames)
{
	return (struct web_counters){
	    .rx_frames = link->rx_frames,
	    .rx_broadcast = frames->broadcast_in,
	    .rx_multicast = frames->multicast_in,
	    .rx_unicast = rest(link->rx_frames, frames->broadcast_in + frames->multicast_in),
	    .rx_crc = link->rx_crc_errors,
	    .rx_align = link->rx_frame_errors,
	    .rx_length = link->rx_length_errors,
	    .rx_dropped = link->rx_dropped,
	    .tx_frames = link->tx_frames,
	    .tx_broadcast = frames->broadcast_out,
	    .tx_multicast = frames->multicast_out,
	    .tx_unicast = rest(link->tx_frames, frames->broadcast_out + frames->multicast_out),
	    .collisions = link->collisions,
	    .phone = *frames,
	};
}

void web_row_value(const struct web_row *row, const struct web_source *source, char *value, size_t size)
{
	const struct phone_view *view = &source->view;
	const void *at = (const char *)view + row->offset;
	unsigned prefix;
	char text[MAC_SERIAL];

	*value = '\0';
	switch (row->kind) {
	case WEB_CONSTANT: snprintf(value, size, "%s", row->constant ? row->constant : ""); break;
	case WEB_WORDS: web_words(view->model, row->constant, value, size); break;
	case WEB_ZERO: snprintf(value, size, "0"); break;
	case WEB_COUNT:
		at = (const char *)&source->counters + row->offset;
		snprintf(value, size, "%llu", (unsigned long long)*(const uint64_t *)at);
		break;
	case WEB_TEXT: snprintf(value, size, "%s", (const char *)at); break;
	case WEB_MAC: snprintf(value, size, "%s", (const char *)at + 3); break;
	case WEB_ADDRESS: address(value, size, *(const uint32_t *)at); break;
	case WEB_MASK:
		prefix = *(const unsigned *)at;
		address(value, size, prefix ? UINT32_MAX << (32 - prefix) : 0);
		break;
	case WEB_VLAN:
		snprintf(value, size, "%u", *(const uint16_t *)at ? *(const uint16_t *)at : 4095);
		break;
	case WEB_YES: snprintf(value, size, "%s", *(const bool *)at ? "Yes" : "No"); break;
	case WEB_SPEED: snprintf(value, size, "%s", *(const bool *)at ? "1000 Full" : "Link Down"); break;
	case WEB_MODEL: snprintf(value, size, "CP-%s", view->model->name); break;
	case WEB_CAMERA:
		snprintf(value, size, "%s", strcmp(view->model->load_family, "sip8845_65") ? "No" : "Yes");
		break;
	case WEB_SERIAL: serial(value, size, view->name); break;
	case WEB_UDI:
		serial(text, sizeof(text), view->name);
		snprintf(value, size, "phone %s CP-%s " PHONE_HARDWARE " %s", view->model->platform,
			 view->model->name, text);
		break;
	case WEB_IMAGE: image(value, size, row->constant, view->active_load); break;
	case WEB_MEMBER: member_value(at, value, size); break;
	case WEB_TIME:
	case WEB_DATE: clock_text(value, size, row->kind == WEB_DATE); break;
	case WEB_SECURITY:
	case WEB_ACCESS:
	case WEB_CONFIG:
	case WEB_CONFIG_YES:
	case WEB_CONFIG_NO: config_value(row, view, value, size); break;
	case WEB_CTL:
		web_words(view->model, view->ctl.bytes ? "Installed" : "Not installed", value, size);
		break;
	case WEB_ITL:
		web_words(view->model, view->itl.bytes ? "Installed" : "Not installed", value, size);
		break;
	}
}
