#include "phonelab/document/yaml_write.h"

#include <string.h>

#define INDENT 2

/* In double quotes (YAML 1.2, 5.7). A plain word needs none, unless it has a line break. */
static void write_scalar(const struct yaml_node *node, struct text *text)
{
	if (!node->quoted && !strpbrk(node->text, "\n\r")) {
		text_add(text, "%s", node->text);
		return;
	}
	text_add(text, "\"");
	for (const char *at = node->text; *at; at++) {
		if (*at == '"' || *at == '\\')
			text_add(text, "\\%c", *at);
		else if ((unsigned char)*at < ' ' || *at == 0x7f)
			text_add(text, "\\x%02x", (unsigned char)*at);
		else
			text_add(text, "%c", *at);
	}
	text_add(text, "\"");
}

static void write_node(const struct yaml_node *node, size_t depth, struct text *text)
{
	if (node->kind == YAML_SCALAR) {
		text_add(text, " ");
		write_scalar(node, text);
		text_add(text, "\n");
		return;
	}
	if (!node->n) {
		text_add(text, node->kind == YAML_LIST ? " []\n" : " {}\n");
		return;
	}
	text_add(text, "\n");
	for (size_t i = 0; i < node->n; i++) {
		text_add(text, "%*s", (int)(depth * INDENT), "");
		if (node->kind == YAML_MAP)
			write_scalar(node->entries[i].key, text);
		text_add(text, node->kind == YAML_MAP ? ":" : "-");
		write_node(node->entries[i].value, depth + 1, text);
	}
}

void yaml_tree_write(const struct yaml_node *node, struct text *text)
{
	write_node(node, 0, text);
}
