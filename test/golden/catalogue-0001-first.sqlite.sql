CREATE TABLE "messier_migrations" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "messier_migrations_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
CREATE TABLE items (
      id integer primary key,
      hash text not null,
      bytes integer not null,
      format text not null,
      width integer not null,
      height integer not null,
      perceptual text not null,
      source text not null,
      source_id text not null,
      url text,
      title text not null,
      description text not null,
      keywords text not null,
      date text,
      credit text,
      copyright text,
      licence text,
      fetched_at text not null,
      class text not null,
      review text not null check (review in ('open', 'accepted', 'dropped')),
      unique (hash)
    );
CREATE TABLE origins (source text not null, source_id text not null, item integer not null, primary key (source, source_id, item)) without rowid;
CREATE TABLE refusals (
      source text not null,
      source_id text not null,
      code text not null,
      reason text not null,
      at text not null,
      primary key (source, source_id)
    ) without rowid;
CREATE TABLE labels (
      id integer primary key,
      item integer not null,
      kind text not null check (kind in ('label', 'accept', 'drop')),
      class text,
      origin text not null,
      by text not null,
      confidence real,
      at text not null,
      retracted_at text,
      check ((kind = 'label') = (class is not null))
    );
CREATE TABLE votes (
      item integer not null references items (id),
      tree text not null,
      question text not null,
      share real not null,
      primary key (item, tree, question)
    ) without rowid;
CREATE TABLE datasets (id integer primary key, name text not null unique, description text not null, created_at text not null);
CREATE TABLE dataset_items (dataset integer not null references datasets (id), item integer not null references items (id), primary key (dataset, item)) without rowid;
CREATE TABLE splits (hash text primary key, data text not null, manifest text not null, at text not null);
CREATE TABLE runs (
      id text primary key,
      data text not null,
      split text,
      folder text not null,
      recipe text not null,
      figures text not null,
      at text not null
    );
CREATE TABLE models (
      hash text primary key,
      run text,
      path text not null,
      architecture text not null,
      classes text not null,
      at text not null
    );
CREATE TABLE item_counts (
      source text not null,
      class text not null,
      review text not null,
      items integer not null,
      primary key (source, class, review)
    ) without rowid;
CREATE VIRTUAL TABLE item_words using fts5(words, content='', contentless_delete=1, tokenize="ascii tokenchars ''''");
insert into messier_migrations values ('0001-first', '2026-11-21T19:19:12.429Z');
insert into messier_migrations_lock values ('migration_lock', 0);
insert into items values (1, 'e8bd7054f1d133a60a1f9299c0c79699380ad055cd4f59f4c02e233ae8d52bb3', 1000, 'jpeg', 640, 480, 'e8bd7054f1d133a6', 'test', 'halley', 'https://example.org/halley.jpg', 'Halley''s Comet', 'Its dust tail,
seen from a spacecraft', '["comet","tail \"dust\""]', '1986-03-14', null, null, null, '2026-01-02T03:04:05.678Z', 'comet', 'open');
insert into items values (2, '313ce7d71787960e3bb5f8258c173ae466b4e08e1e7d24b9c7a5ba81c9a02d96', 1000, 'jpeg', 640, 480, '313ce7d71787960e', 'other', 'vega', null, 'Vega', '', '[]', null, null, null, null, '2026-01-02T03:04:05.678Z', 'galaxy', 'open');
insert into items values (3, '2c20a6b064ee805c68638fcdf13455bb59c90d4293528c22437afd44dd7027fd', 1000, 'jpeg', 640, 480, '2c20a6b064ee805c', 'test', 'diagram', null, 'A diagram', '', '[]', null, null, null, null, '2026-01-02T03:04:05.678Z', '', 'dropped');
insert into origins values ('test', 'halley', 1);
insert into origins values ('other', 'vega', 2);
insert into origins values ('test', 'diagram', 3);
insert into refusals values ('test', 'broken', 'picture/broken', 'No picture.', '2026-11-21T19:19:12.485Z');
insert into labels values (1, 1, 'label', 'comet', 'search', 'search', null, '2026-11-21T19:19:12.460Z', null);
insert into labels values (2, 2, 'label', 'star', 'search', 'search', null, '2026-11-21T19:19:12.460Z', null);
insert into labels values (3, 2, 'label', 'galaxy', 'keyword', 'search', null, '2026-11-21T19:19:12.460Z', null);
insert into labels values (4, 3, 'drop', null, 'person', 'ann', null, '2026-11-21T19:19:12.475Z', null);
insert into labels values (5, 2, 'label', 'planet', 'person', 'ann', null, '2026-11-21T19:19:12.475Z', '2026-11-21T19:19:12.482Z');
insert into votes values (1, 'tree', 'bar', 0.75);
insert into votes values (1, 'tree', 'smooth', 0.25);
insert into datasets values (1, 'pair', 'Two of them', '2026-11-21T19:19:12.488Z');
insert into dataset_items values (1, 1);
insert into dataset_items values (1, 2);
insert into splits values ('ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', 'catalogue:pair', '{}
', '2026-11-21T19:19:12.492Z');
insert into runs values ('run', 'catalogue:pair', null, 'runs/run', 'model: x
', '{"accuracy":0.5}', '2026-11-21T19:19:12.497Z');
insert into models values ('eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', 'run', 'm.onnx', 'x', '["comet","star"]', '2026-11-21T19:19:12.501Z');
insert into item_counts values ('other', 'galaxy', 'open', 1);
insert into item_counts values ('test', '', 'dropped', 1);
insert into item_counts values ('test', 'comet', 'open', 1);
insert into item_words (rowid, words) values (1, 'halley comet it dust tail seen from a spacecraft comet tail dust');
insert into item_words (rowid, words) values (2, 'vega');
insert into item_words (rowid, words) values (3, 'a diagram');
CREATE INDEX items_by_kind on items (class, source, review, id);
CREATE INDEX items_by_date on items (date, id);
CREATE INDEX origins_by_item on origins (item);
CREATE INDEX labels_by_item on labels (item);
CREATE TRIGGER items_counted after insert on items begin 
  insert into item_counts values (new.source, new.class, new.review, 1)
  on conflict do update set items = items + excluded.items; end;
CREATE TRIGGER items_recounted after update of source, class, review on items
   when (old.source, old.class, old.review) <> (new.source, new.class, new.review)
   begin 
  insert into item_counts values (old.source, old.class, old.review, -1)
  on conflict do update set items = items + excluded.items; 
  insert into item_counts values (new.source, new.class, new.review, 1)
  on conflict do update set items = items + excluded.items; delete from item_counts where source = old.source and class = old.class and review = old.review and items = 0; end;
CREATE TRIGGER items_discounted after delete on items begin 
  insert into item_counts values (old.source, old.class, old.review, -1)
  on conflict do update set items = items + excluded.items; delete from item_counts where source = old.source and class = old.class and review = old.review and items = 0; end;
