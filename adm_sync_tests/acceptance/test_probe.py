import pytest
E={"custom_fields":"CustomFields","locations":"Locations","venues":"Venues","instructors":"Instructors","course_templates":"CourseTemplates","course_template_price_levels":"CourseTemplatePriceLevels","price_levels":"PriceLevels"}
K=[("status",dict(code=c)) for c in (500,502,503,504,408,429,401,403,400,404)]+[
("status",dict(code=429,retry_after=0)),("status",dict(code=500,body="errors")),("status",dict(code=503,body="html")),("status",dict(code=429,body="text")),
("html",{}),("errors",{}),("errors",dict(null_data=True)),("drop_before",{}),("drop_before",dict(reset=True)),("drop_after",{}),("cut_body",{}),("cut_body",dict(reset=True)),("commit_late",{}),
("errors_beside_data",{}),("short_page",{}),("short_page",dict(rows=2)),("empty_list",{}),("wrong_total",{}),("wrong_total",dict(by=-1)),("wrong_total",dict(total=0)),("no_next_page",{}),("endless",{}),("no_page_info",{}),("no_page_info",dict(null=True)),("null_edges",{}),("doubled_rows",{}),("int_ids",{}),("int_ids",dict(rows=1)),("missing_field",dict(name="id")),("missing_field",dict(name="name")),("null_field",dict(name="id")),("null_field",dict(name="name")),("field_value",dict(name="id",value="")),("field_value",dict(name="id",value="same")),("field_value",dict(name="id",value={"a":1})),("field_value",dict(name="name",value=7)),("unknown_word",{}),("another_tenant",{}),("payload_list",{}),
("list_late",{})]
@pytest.mark.parametrize("name", E)
@pytest.mark.parametrize("n", range(len(K)))
@pytest.mark.parametrize("mode", ["first","later","once","nested"])
def test_x(stage, n, name, mode):
    kind,d=K[n]
    d=dict(d)
    if mode=="nested":
        if name!="course_template_price_levels": return
        from adm_sync.sandbox.faults import KINDS
        if "field" not in KINDS[kind]: return
        d["field"]="publicPrices"
    if mode=="later" and name=="custom_fields": return
    before=stage.bridges()
    stage.sandbox.faults.add(kind, match=None if mode=="nested" else E[name], times=1 if mode=="once" else None, skip=1 if mode=="later" else 0, **d)
    r=stage.sync(name)
    after=stage.bridges()
    ch="SAME" if before==after else "CHANGED "+str([k for k in before if before[k]!=after[k]])
    m=stage.sandbox.calls.mutations
    print(f"\n@@ {name:12.12} {mode:6} {kind} {d} -> {r.status} {ch} req={stage.sandbox.calls.requests} sk={r.skipped} er={r.errors} :: {r.message[:110]}")
