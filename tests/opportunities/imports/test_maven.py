import datetime, csv, time, json, resource
from pathlib import Path
import pytest
from opportunities.imports import making, previewing, running, outcomes
from opportunities.imports.mapping import Mapping, StageMeaning
from opportunities.models import Import, Opportunity
from tests.support import factories, imports
from tests.support.factories import UserFactory, QUALIFY, DEVELOP
from django.core.files.base import ContentFile
pytestmark = pytest.mark.django_db(transaction=False)
F = Path("/work/shared/data/maven-crm/sales_pipeline.csv")
def test_maven(manager):
    import cProfile, pstats
    text = F.read_text()
    N=400
    lines=text.splitlines(); text="\n".join(lines[:N+1])
    rows=list(csv.DictReader(text.splitlines()))
    now=datetime.datetime(2018,1,15,12,tzinfo=datetime.UTC)
    owners={n: UserFactory(username=n.replace(" ",""), first_name=n.split()[0], last_name=n.split()[1]).pk for n in sorted({r["sales_agent"] for r in rows})}
    st=imports.stages(); 
    stages={"Won":st["Won"],"Lost":st["Lost"],"Engaging":st[DEVELOP],"Prospecting":st[QUALIFY]}
    cols={"opportunity_id":"external_id","sales_agent":"owner","product":"name","account":"account","deal_stage":"stage","engage_date":"created_on","close_date":"close_date","close_value":"amount"}
    t=time.perf_counter()
    run=imports.mapped(manager,text,columns=cols,stages=stages,owners=owners,date_order="mdy",at=now)
    print("map",time.perf_counter()-t); t=time.perf_counter()
    while previewing.count_some(run.pk,20000,clock=lambda: now): pass
    run.refresh_from_db()
    print("count",time.perf_counter()-t, previewing.fates(run)); t=time.perf_counter()
    print(imports.sentences(run)[:3])
    running.start(run,by=manager,at=now)
    p=cProfile.Profile(); p.enable()
    while running.do_some(run.pk,100,clock=lambda: now): pass
    p.disable()
    print("run",time.perf_counter()-t, imports.outcomes(run)[:3], outcomes.counts(run))
    print(imports.sentences(run)[:3])
    pstats.Stats(p).sort_stats("tottime").print_stats(30)
    pstats.Stats(p).sort_stats("cumtime").print_stats(70)
