'use strict';
(() => {
{% include 'script/page.js' %}
{% include 'script/address.js' %}
{% include 'script/theme.js' %}
{% include 'script/views.js' %}
{% include 'script/data.js' %}
{% include 'script/facets.js' %}
{% include 'script/selection.js' %}
{% include 'script/list.js' %}
{% include 'script/detail.js' %}
{% include 'script/controls.js' %}
{% include 'script/printing.js' %}
{% include 'script/answers.js' %}
{% include 'script/start.js' %}
})();
