#include "phonelab/web/files.h"

#include <string.h>

/* FILE(symbol, "name"): the octets of a file of page/, from web_symbol to web_symbol_end. */
#define FILE(symbol, name)                                                                                   \
	__asm__(".pushsection .rodata\n"                                                                     \
		"web_" #symbol ":\n .incbin \"phonelab/web/page/" name "\"\n"                                \
		"web_" #symbol "_end:\n .byte 0\n"                                                           \
		".popsection\n");                                                                            \
	extern const char web_##symbol[], web_##symbol##_end[]

FILE(index, "index.html");
FILE(style, "style.css");
FILE(icon, "icon.svg");
FILE(main, "main.js");
FILE(dom, "dom.js");
FILE(model, "model.js");
FILE(lab, "lab.js");
FILE(switch, "switch.js");
FILE(phone, "phone.js");
FILE(display, "display.js");
FILE(exercise, "exercise.js");
FILE(ticket, "ticket.js");
FILE(class_page, "class.html");
FILE(class, "class.js");
FILE(servers, "servers.js");
FILE(tail, "tail.js");
FILE(configure, "configure.js");
FILE(faults, "faults.js");
FILE(fault_form, "fault_form.js");
FILE(runs, "runs.js");
FILE(sequence, "sequence.js");
FILE(phone_frame, "phone_frame.js");

static const struct web_file files[] = {
    {"/", web_index, web_index_end},
    {"/style.css", web_style, web_style_end},
    {"/icon.svg", web_icon, web_icon_end},
    {"/main.js", web_main, web_main_end},
    {"/dom.js", web_dom, web_dom_end},
    {"/model.js", web_model, web_model_end},
    {"/lab.js", web_lab, web_lab_end},
    {"/switch.js", web_switch, web_switch_end},
    {"/phone.js", web_phone, web_phone_end},
    {"/display.js", web_display, web_display_end},
    {"/exercise.js", web_exercise, web_exercise_end},
    {"/ticket.js", web_ticket, web_ticket_end},
    {"/class.html", web_class_page, web_class_page_end},
    {"/class.js", web_class, web_class_end},
    {"/servers.js", web_servers, web_servers_end},
    {"/tail.js", web_tail, web_tail_end},
    {"/configure.js", web_configure, web_configure_end},
    {"/fault_form.js", web_fault_form, web_fault_form_end},
    {"/faults.js", web_faults, web_faults_end},
    {"/runs.js", web_runs, web_runs_end},
    {"/sequence.js", web_sequence, web_sequence_end},
    {"/phone_frame.js", web_phone_frame, web_phone_frame_end},
};

const struct web_file *web_file_find(const char *path)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}
